import type { AssignmentId } from '../shared/protocol/assignment.ts';
import type { BlobId } from '../shared/protocol/blob-id.ts';

/** How the weights travel over a connection. */
export type Sent =
  /** The coordinator's own member: it measures the weights themselves, and they do not leave the process. */
  | 'exact'
  /** What the others hold, each time whole: a member that knows no deltas. */
  | 'whole'
  | 'deltas';

/**
 * Which weights a member keeps, as far as is known for certain: those that it said it holds when it connected, then those of
 * each assignment that it answered. What was only handed out may have been cancelled before it was looked at.
 */
export class Holding {
  private readonly given = new Map<AssignmentId, BlobId>();

  constructor(
    readonly sent: Sent,
    private held: BlobId = '',
  ) {}

  /** Id of the weights; empty for none. */
  get id(): BlobId {
    return this.held;
  }

  gave(assignment: AssignmentId, weights: BlobId): void {
    this.given.set(assignment, weights);
  }

  /** Work is done in the order in which it was handed out: what was given before is over as well. */
  answered(assignment: AssignmentId): void {
    const weights = this.given.get(assignment);
    if (weights === undefined) return;
    this.held = weights;
    for (const id of this.given.keys()) {
      this.given.delete(id);
      if (id === assignment) return;
    }
  }
}
