import { Books } from './books.ts';
import type { Effect } from './rounds/types.ts';
import type { Life } from './store/lives.ts';
import type { RoundRow, RunStore } from './store/store.ts';
import type { ServerWeights } from './weights/server-weights.ts';

/** What a coordinator writes down: versions, the books, what rounds were like. */
export class Committer {
  readonly books: Books;
  /** Reports that are written with the next commit: a round must not wait for the disk. */
  private readonly rounds: RoundRow[] = [];

  constructor(
    private readonly store: RunStore,
    private readonly weights: ServerWeights,
    /** What this life took so far. */
    private readonly life: () => Omit<Life, 'incarnation'>,
  ) {
    this.books = new Books(store, store.run.incarnation);
  }

  round(round: number, at: number, json: unknown): void {
    this.rounds.push({ incarnation: this.store.run.incarnation, round, at, json });
  }

  /** Says what this life took so far. */
  lived(): void {
    this.store.recordLife({ incarnation: this.store.run.incarnation, ...this.life() });
  }

  /**
   * Copies the vectors at once, then makes them durable.
   *
   * @returns milliseconds it took
   * @throws StoreError
   */
  async commit({ checkpoint }: Extract<Effect, { type: 'commit' }>): Promise<number> {
    const startedAt = performance.now();
    const rounds = this.rounds.splice(0);
    await this.store.commit(
      { ...checkpoint, vectors: this.weights.snapshot() },
      this.books.upTo(checkpoint.round),
    );
    this.store.recordRounds(rounds);
    this.lived();
    this.books.committed(checkpoint.round);
    return performance.now() - startedAt;
  }
}
