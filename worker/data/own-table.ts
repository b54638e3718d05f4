import { dirname, resolve } from 'node:path';
import { ingest } from '../../node/data/ingest.ts';
import { surveyFile } from '../../node/data/survey-file.ts';
import { DataError } from '../../shared/data/data-error.ts';
import { declaredBy } from '../../shared/data/declared.ts';
import { isTable } from '../../shared/data/table-job.ts';
import type { OwnRowsSource } from './own-rows.ts';

/**
 * A table of the participant's own.
 *
 * @param cache folder where the encoded rows are kept; they are found there the next time
 */
export function ownTable(file: string, cache: string): OwnRowsSource {
  return {
    async read({ recipe, manifest }) {
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
    async survey({ request: { data } }) {
      const source = resolve(file);
      if (!isTable(data)) throw new DataError('A text has nothing to sum up.', { file: source });
      return surveyFile(data, source);
    },
  };
}
