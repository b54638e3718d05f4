import type { AssignmentId } from './rounds/types.ts';

/** An upload that a member announced: it waits, or its bytes are on the way, or they are here. */
export interface Upload {
  readonly assignment: AssignmentId;
  readonly order: number;
  readonly bytes: number;
  /** Lets the bytes come. */
  start(): void;
}

/**
 * Lets few uploads in at a time, so that the coordinator's memory does not grow with its members. Updates are summed in the
 * window's order, so whatever comes first in that order is always let in: else later ones could fill the room and wait
 * for it for ever.
 */
export class Staging {
  private readonly waiting: Upload[] = [];
  private readonly inside = new Map<Upload, number>();
  /** Room that is kept for assignments under way, in bytes. */
  private readonly promised = new Map<AssignmentId, number>();

  /**
   * @param room bytes that may be inside or promised at once, at most half of it promised; one upload more when it comes
   * first in order
   */
  constructor(private readonly room: number) {}

  /** Keeps room for the update of an assignment, so that its member need not ask; false when there is none. */
  promise(assignment: AssignmentId, bytes: number): boolean {
    const promised = sum(this.promised.values()) + bytes;
    if (promised > this.room / 2 || promised + sum(this.inside.values()) > this.room) return false;
    this.promised.set(assignment, bytes);
    return true;
  }

  /** No update of this assignment will come: what waits may have its room. */
  withdraw(assignment: AssignmentId): void {
    if (this.promised.delete(assignment)) this.admit();
  }

  enter(upload: Upload): void {
    // A promise is kept once: from now on the bytes count as what is inside.
    if (this.promised.delete(upload.assignment)) {
      this.inside.set(upload, upload.bytes);
      upload.start();
      return;
    }
    this.waiting.push(upload);
    this.waiting.sort((a, b) => a.order - b.order);
    this.admit();
  }

  /** The upload was added, discarded or lost: its memory is free, or it needs none any more. */
  leave(upload: Upload): void {
    const index = this.waiting.indexOf(upload);
    if (index >= 0) this.waiting.splice(index, 1);
    this.inside.delete(upload);
    this.admit();
  }

  private admit(): void {
    for (;;) {
      const next = this.waiting[0];
      if (!next) return;
      const used = sum(this.inside.values()) + sum(this.promised.values());
      const first = [...this.inside.keys()].every((upload) => next.order < upload.order);
      if (used + next.bytes > this.room && !first) return;
      this.waiting.shift();
      this.inside.set(next, next.bytes);
      next.start();
    }
  }
}

function sum(values: Iterable<number>): number {
  let total = 0;
  for (const value of values) total += value;
  return total;
}
