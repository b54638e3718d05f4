import { dirname, resolve } from 'node:path';
import { ingest } from '../../node/data/ingest.ts';
import type { DatasetManifest } from '../../shared/data/dataset.ts';
import { declaredBy } from '../../shared/data/declared.ts';
import type { Recipe } from '../../shared/programs/recipe.ts';
import type { Blocks } from './blocks.ts';

/** Rows of a participant's own, encoded as the run declares them. */
export interface OwnRows {
  readonly manifest: DatasetManifest;
  readonly blocks: Blocks;
}

/** Where a participant's own rows come from. */
export interface OwnRowsSource {
  /**
   * @param manifest of the run: what all participants' rows have in common
   * @throws DataError with line and column of what does not fit
   */
  read(recipe: Recipe, manifest: DatasetManifest): Promise<OwnRows>;
}

/**
 * A table of the participant's own.
 *
 * @param cache folder where the encoded rows are kept; they are found there the next time
 */
export function ownTable(file: string, cache: string): OwnRowsSource {
  return {
    async read(recipe, manifest) {
      const source = resolve(file);
      const { manifest: own, directory } = await ingest(
        { ...recipe.data, source },
        dirname(source),
        cache,
        recipe.seed,
        { declared: declaredBy(manifest) },
      );
      return { manifest: own, blocks: { kind: 'own', directory } };
    },
  };
}
