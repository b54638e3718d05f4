import type { AssignmentId } from '../../shared/protocol/assignment.ts';
import type { Remembered } from '../trainer/work-order.ts';
import type { StateStore } from './state-store.ts';

/**
 * Keeps what a participant remembers in step with what the coordinator counted: SCAFFOLD's server knows the sum of all cᵢ, so a cᵢ
 * that moved by work that did not count would be wrong for good. The rule:
 *
 * 1. The state that work leaves is written down, under the assignment's name, before the update is sent.
 * 2. An assignment says which of the participant's updates was the last that counted, in the weights that it starts from. The
 *    state of that name is the one to go on from; without any, there is none yet.
 *
 * So it does not matter what became of an update (discarded, late), who died between training, sending and being told, or to which
 * commit a coordinator went back: nothing is inferred from messages that may be lost.
 */
export class Recollection {
  /** Whose state the trainer holds; empty for none, undefined when that is not sure. */
  private held: AssignmentId | undefined = '';
  /** The last that was said to count. */
  private counted: AssignmentId = '';
  /** In the newest commit, and in the one before, as long as that one may not have been made. */
  private kept: readonly AssignmentId[] = [];

  constructor(
    private readonly store: StateStore,
    /** Told when a state that counts is not there any more, and the participant begins anew. */
    private readonly lost: (counted: AssignmentId) => void,
  ) {}

  /**
   * What the trainer must take before it works; undefined when it holds the right state.
   *
   * @param counted of the assignment; undefined when the coordinator does not say
   * @param kept the one that a coordinator would go back to; none when left out
   */
  async before(counted: AssignmentId | undefined, kept = ''): Promise<Remembered | undefined> {
    if (kept !== this.kept.at(-1)) this.kept = [...this.kept.slice(-1), kept];
    this.counted = counted ?? this.counted;
    if (counted === undefined || counted === this.held) return undefined;
    const state = counted === '' ? new Map() : await this.store.read(counted);
    if (!state) this.lost(counted);
    this.held = counted;
    return state ?? new Map();
  }

  /** The trainer failed at something: it is given the state anew the next time. */
  unsure(): void {
    this.held = undefined;
  }

  /** To be waited for before the update is sent. */
  async after(assignment: AssignmentId, state: Remembered): Promise<void> {
    this.held = assignment;
    await this.store.write(assignment, state, [this.counted, ...this.kept]);
  }
}
