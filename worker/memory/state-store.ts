import type { AssignmentId } from '../../shared/protocol/assignment.ts';
import type { Remembered } from '../trainer/work-order.ts';

/** Newest states that are kept beside the one that counts: a coordinator that dies may go back to one of those before. */
export const STATES_KEPT = 4;

/** Where a participant keeps what it remembers of a run, by the assignment whose work left it. One for its rows and the run. */
export interface StateStore {
  /** Undefined when it was never written, or is not kept any more. */
  read(assignment: AssignmentId): Promise<Remembered | undefined>;
  /**
   * Durable, where the store is, once it resolves. The newest `STATES_KEPT` stay, and that of `counted`, however old it is: a member whose
   * updates all come too late goes on from it.
   */
  write(assignment: AssignmentId, state: Remembered, counted: AssignmentId): Promise<void>;
}

/** Opens the store of a run for rows that have this hash. */
export type OpenStates = (run: string, rowsHash: string) => Promise<StateStore>;

/** Lives as long as the member. */
export class StatesInMemory implements StateStore {
  private readonly states = new Map<AssignmentId, Remembered>();

  async read(assignment: AssignmentId): Promise<Remembered | undefined> {
    return this.states.get(assignment);
  }

  async write(assignment: AssignmentId, state: Remembered, counted: AssignmentId): Promise<void> {
    this.states.delete(assignment);
    this.states.set(assignment, state);
    for (const old of [...this.states.keys()].slice(0, -STATES_KEPT)) {
      if (old !== counted) this.states.delete(old);
    }
  }
}
