import { numberOf } from './rounds/assignment-number.ts';
import type { Effect } from './rounds/types.ts';
import type { BookEntry, RunStore } from './store/store.ts';

/**
 * Which update counted in which version: an entry is `added` when the update is in the window's sums, and becomes `committed`
 * in the transaction that names the checkpoint containing it.
 */
export class Books {
  private added: BookEntry[] = [];

  constructor(
    private readonly store: RunStore,
    private readonly incarnation: number,
  ) {}

  add(effect: Extract<Effect, { type: 'add' }>): void {
    const { assignment, member, round, baseVersion, examples } = effect;
    this.added.push({
      incarnation: this.incarnation,
      assignment,
      member,
      round,
      baseVersion,
      examples,
      status: 'added',
    });
  }

  discard(effect: Omit<Extract<Effect, { type: 'discard' }>, 'type' | 'message'>): void {
    const { assignment, member, round, baseVersion, examples, reason } = effect;
    this.store.book([
      {
        incarnation: this.incarnation,
        assignment,
        member,
        round: round ?? 0,
        baseVersion: baseVersion ?? 0,
        examples,
        status: reason,
      },
    ]);
  }

  /** The entries that a checkpoint of this round contains, a member's in the order in which it did the work; they count as committed once the transaction is through. */
  upTo(round: number): readonly BookEntry[] {
    return this.added
      .filter((entry) => entry.round < round)
      .sort((a, b) => numberOf(a.assignment).number - numberOf(b.assignment).number);
  }

  committed(round: number): void {
    this.added = this.added.filter((entry) => entry.round >= round);
  }
}
