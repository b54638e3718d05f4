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
   * @param room bytes that may be inside at once, and half as many that may be promised; one upload more when it comes
   * first in order
   */
  constructor(private readonly room: number) {}

  /** Keeps room for the update of an assignment, so that its member need not ask; false when there is none. */
  promise(assignment: AssignmentId, bytes: number): boolean {
    if (sum(this.promised.values()) + bytes > this.room / 2) return false;
    this.promised.set(assignment, bytes);
    return true;
  }

  /** No update of this assignment will come, or it is through. */
  withdraw(assignment: AssignmentId): void {
    this.promised.delete(assignment);
  }

  enter(upload: Upload): void {
    // The promise lasts until the assignment is through, so that what is inside does not count twice.
    if (this.promised.has(upload.assignment)) {
      this.inside.set(upload, 0);
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
      const used = sum(this.inside.values());
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
