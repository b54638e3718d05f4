import type { DatasetManifest } from '../../shared/data/dataset.ts';
import type { Recipe } from '../../shared/programs/recipe.ts';
import type { Blocks } from './blocks.ts';

/** Where the rows lie that a run deals to its members: on a disk, or in the trainer's memory. */
export interface RunRows {
  /** @throws DataError when an own copy of the table is another one */
  open(recipe: Recipe, manifest: DatasetManifest): Promise<Blocks>;
  /** Whether nothing need be fetched any more. */
  hasAll(hashes: readonly string[]): boolean;
  /** Makes sure that the trainer finds a block; fetches it when it is not there. */
  ensure(block: number, hash: string, fetch: (hash: string) => Promise<Uint8Array>): Promise<void>;
}
