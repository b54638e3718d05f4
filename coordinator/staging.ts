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
  /** By order. */
  private readonly waiting: Upload[] = [];
  private readonly inside = new Set<Upload>();
  private insideBytes = 0;
  /** Room that is kept for assignments under way, in bytes. */
  private readonly promised = new Map<AssignmentId, number>();
  private promisedBytes = 0;

  /**
   * @param room bytes that may be inside or promised at once, at most half of it promised; one upload more when it comes
   * first in order
   */
  constructor(private readonly room: number) {}

  /** Keeps room for the update of an assignment, so that its member need not ask; false when there is none. */
  promise(assignment: AssignmentId, bytes: number): boolean {
    const promised = this.promisedBytes + bytes;
    if (promised > this.room / 2 || promised + this.insideBytes > this.room) return false;
    this.release(assignment);
    this.promised.set(assignment, bytes);
    this.promisedBytes += bytes;
    return true;
  }

  /** No update of this assignment will come: what waits may have its room. */
  withdraw(assignment: AssignmentId): void {
    if (this.release(assignment)) this.admit();
  }

  enter(upload: Upload): void {
    // A promise is kept once: from now on the bytes count as what is inside.
    if (this.release(upload.assignment)) {
      this.letIn(upload);
    } else {
      const behind = this.waiting.findIndex(({ order }) => order > upload.order);
      this.waiting.splice(behind < 0 ? this.waiting.length : behind, 0, upload);
    }
    // It may take less than was promised to it.
    this.admit();
  }

  /** The upload was added, discarded or lost: its memory is free, or it needs none any more. */
  leave(upload: Upload): void {
    const index = this.waiting.indexOf(upload);
    if (index >= 0) this.waiting.splice(index, 1);
    if (this.inside.delete(upload)) this.insideBytes -= upload.bytes;
    this.admit();
  }

  private admit(): void {
    for (;;) {
      const next = this.waiting[0];
      if (!next) return;
      const used = this.insideBytes + this.promisedBytes;
      if (used + next.bytes > this.room && !this.isFirst(next)) return;
      this.waiting.shift();
      this.letIn(next);
    }
  }

  private letIn(upload: Upload): void {
    this.inside.add(upload);
    this.insideBytes += upload.bytes;
    upload.start();
  }

  /** Nothing inside comes before it in order. */
  private isFirst(next: Upload): boolean {
    for (const { order } of this.inside) if (order <= next.order) return false;
    return true;
  }

  /** @returns whether there was a promise */
  private release(assignment: AssignmentId): boolean {
    this.promisedBytes -= this.promised.get(assignment) ?? 0;
    return this.promised.delete(assignment);
  }
}
