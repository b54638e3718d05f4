import { createHash, randomUUID } from 'node:crypto';
import { mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { writingTo } from '../../node/files/full-disk.ts';

/** Content-addressed files: blocks of rows that were fetched once are found again, also by the next run. */
export class BlockCache {
  private readonly known = new Set<string>();
  private readonly pending = new Map<string, Promise<void>>();

  constructor(readonly directory: string) {}

  /** Whether nothing need be fetched any more. */
  hasAll(hashes: readonly string[]): boolean {
    return this.known.size >= hashes.length && hashes.every((hash) => this.known.has(hash));
  }

  /** Makes sure that a block is there, intact; fetches it if it is not. One fetch at a time per block. */
  ensure(hash: string, fetch: (hash: string) => Promise<Uint8Array>): Promise<void> {
    if (this.known.has(hash)) return Promise.resolve();
    let pending = this.pending.get(hash);
    if (!pending) {
      pending = this.load(hash, fetch).finally(() => this.pending.delete(hash));
      this.pending.set(hash, pending);
    }
    return pending;
  }

  private async load(hash: string, fetch: (hash: string) => Promise<Uint8Array>): Promise<void> {
    const file = join(this.directory, hash);
    if (!(await intact(file, hash))) await this.write(file, await fetch(hash));
    this.known.add(hash);
  }

  /** Other workers may use the same folder: a file appears whole or not at all. */
  private async write(file: string, bytes: Uint8Array): Promise<void> {
    await mkdir(this.directory, { recursive: true });
    const temporary = `${file}.${randomUUID()}`;
    try {
      await writingTo(this.directory, () => writeFile(temporary, bytes));
      await rename(temporary, file);
    } finally {
      await rm(temporary, { force: true });
    }
  }
}

async function intact(file: string, hash: string): Promise<boolean> {
  try {
    return (
      createHash('sha256')
        .update(await readFile(file))
        .digest('hex') === hash
    );
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return false;
    throw error;
  }
}
