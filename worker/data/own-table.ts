import { dirname, resolve } from 'node:path';
import { ingest } from '../../node/data/ingest.ts';
import { surveyTable } from '../../node/data/survey-table.ts';
import { csvFile, type TableSource } from '../../node/data/table-source.ts';
import { DataError } from '../../shared/data/data-error.ts';
import { declaredBy } from '../../shared/data/declared.ts';
import { isTable } from '../../shared/data/table-job.ts';
import type { OwnRowsSource } from './own-rows.ts';

/**
 * A table of the participant's own, or a text.
 *
 * @param from path of a file, or where else the table comes from
 * @param cache folder where the encoded rows are kept; they are found there the next time
 */
export function ownTable(from: string | TableSource, cache: string): OwnRowsSource {
  const file = typeof from === 'string' ? resolve(from) : undefined;
  const table = typeof from === 'string' ? undefined : from;
  return {
    async read({ recipe, manifest }) {
      // A text is read as a file: a query or a folder gives none.
      if (table && !isTable(recipe.data)) {
        const hint = 'Give the file that holds it: --data TEXT.txt.';
        throw new DataError('The run trains on a text, and this is a table.', { file: table.name, hint });
      }
      const source = file ?? table!.name;
      const { manifest: own, directory } = await ingest(
        { ...recipe.data, source },
        file === undefined ? '.' : dirname(file),
        cache,
        recipe.seed,
        { declared: declaredBy(manifest), table },
      );
      return { manifest: own, blocks: { kind: 'own', directory } };
    },
    async survey({ request: { data } }) {
      const source = table ?? csvFile(file!);
      if (!isTable(data)) throw new DataError('A text has nothing to sum up.', { file: source.name });
      return surveyTable(data, source);
    },
  };
}
