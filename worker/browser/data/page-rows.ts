import type { Blocks } from '../../data/blocks.ts';
import type { RunRows } from '../../data/run-rows.ts';
import type { TrainerClient } from '../../trainer/trainer-client.ts';

/** Rows that a run deals to its members, in the memory of a page's trainer. */
export class PageRows implements RunRows {
  private readonly given = new Map<string, Promise<void>>();

  constructor(private readonly trainer: TrainerClient) {}

  async open(): Promise<Blocks> {
    this.given.clear();
    return { kind: 'given' };
  }

  hasAll(hashes: readonly string[]): boolean {
    return hashes.length === 0;
  }

  ensure(block: number, hash: string, fetch: (hash: string) => Promise<Uint8Array>): Promise<void> {
    let pending = this.given.get(hash);
    if (!pending) {
      pending = fetch(hash).then(async (bytes) => {
        await this.trainer.ask({ type: 'give', block, bytes }, [bytes.buffer as ArrayBuffer]);
      });
      this.given.set(hash, pending);
      // One that failed is fetched again.
      pending.catch(() => this.given.delete(hash));
    }
    return pending;
  }
}
