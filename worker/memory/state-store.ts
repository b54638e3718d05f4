import type { AssignmentId } from '../../shared/protocol/assignment.ts';
import type { Remembered } from '../trainer/work-order.ts';

/** Newest states that are kept beside the one that counts: a coordinator that dies may go back to one of those before. */
export const STATES_KEPT = 4;

/** The same of work that is dealt, of which there may be a state for every step: it is known at once what became of one. */
export const STEPS_KEPT = 2;

/** Where a participant keeps what it remembers of a run, by the assignment whose work left it. One for its rows and the run. */
export interface StateStore {
  /** Undefined when it was never written, or is not kept any more. */
  read(assignment: AssignmentId): Promise<Remembered | undefined>;
  /**
   * Durable, where the store is, once it resolves. The newest `STATES_KEPT` stay, and those of `kept`, however old they are: a member
   * whose updates all come too late goes on from them.
   */
  write(assignment: AssignmentId, state: Remembered, kept: readonly AssignmentId[]): Promise<void>;
}

/** Opens the store of a run for rows that have this hash. */
export type OpenStates = (run: string, rowsHash: string) => Promise<StateStore>;

/** Lives as long as the member. */
export class StatesInMemory implements StateStore {
  private readonly states = new Map<AssignmentId, Remembered>();

  constructor(private readonly newest = STATES_KEPT) {}

  async read(assignment: AssignmentId): Promise<Remembered | undefined> {
    return this.states.get(assignment);
  }

  async write(assignment: AssignmentId, state: Remembered, kept: readonly AssignmentId[]): Promise<void> {
    this.states.delete(assignment);
    this.states.set(assignment, state);
    for (const old of [...this.states.keys()].slice(0, -this.newest)) {
      if (!kept.includes(old)) this.states.delete(old);
    }
  }
}
