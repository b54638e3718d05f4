import type { DatasetManifest } from '../../shared/data/dataset.ts';
import type { Recipe } from '../../shared/programs/recipe.ts';
import { BlockCache } from './block-cache.ts';
import type { Blocks } from './blocks.ts';
import { ownCopy } from './own-copy.ts';
import type { RunRows } from './run-rows.ts';

export interface RowsOnDiskOptions {
  /** Folder for fetched rows. */
  readonly cache: string;
  /** Folder with an own copy of the run's table; undefined: rows are fetched. */
  readonly data?: string | undefined;
  /** Where the run's rows lie already: of the coordinator's own member. */
  readonly blocks?: Blocks | undefined;
}

/** Rows as files, where there is a disk. */
export class RowsOnDisk implements RunRows {
  private readonly cache: BlockCache;

  constructor(private readonly options: RowsOnDiskOptions) {
    this.cache = new BlockCache(options.cache);
  }

  async open(recipe: Recipe, manifest: DatasetManifest): Promise<Blocks> {
    const { data, cache, blocks } = this.options;
    if (blocks) return blocks;
    if (!data) return { kind: 'fetched', directory: cache };
    return { kind: 'own', directory: await ownCopy(data, recipe, manifest, cache) };
  }

  hasAll(hashes: readonly string[]): boolean {
    return this.cache.hasAll(hashes);
  }

  ensure(_block: number, hash: string, fetch: (hash: string) => Promise<Uint8Array>): Promise<void> {
    return this.cache.ensure(hash, fetch);
  }
}
