import { dirname, resolve } from 'node:path';
import { ingest } from '../../node/data/ingest.ts';
import { surveyTable } from '../../node/data/survey-table.ts';
import { csvFile, type TableSource } from '../../node/data/table-source.ts';
import { DataError } from '../../shared/data/data-error.ts';
import { declaredBy } from '../../shared/data/declared.ts';
import { forParticipant } from '../../shared/data/for-participant.ts';
import { isImages } from '../../shared/data/images/image-job.ts';
import { isTable } from '../../shared/data/table-job.ts';
import type { DataJob } from '../../shared/job/data-job.ts';
import type { OwnRowsSource } from './own-rows.ts';

const TOOLS = ' (--delimiter says what separates its columns, --query picks and renames them)';

/**
 * A table of the participant's own, a text, or images.
 *
 * @param from path of a file or of a folder of images, or where else the table comes from
 * @param cache folder where the encoded rows are kept; they are found there the next time
 */
export function ownTable(from: string | TableSource, cache: string): OwnRowsSource {
  const file = typeof from === 'string' ? resolve(from) : undefined;
  const table = typeof from === 'string' ? undefined : from;
  return {
    async read({ recipe, manifest }) {
      if (table && !isTable(recipe.data)) throw noTable(recipe.data, table);
      const source = file ?? table!.name;
      const { manifest: own, directory } = await ingest(
        { ...recipe.data, source },
        file === undefined ? '.' : dirname(file),
        cache,
        recipe.seed,
        { declared: declaredBy(manifest), table },
      ).catch((error: unknown) => {
        throw forParticipant(error, recipe.data, TOOLS);
      });
      return { manifest: own, blocks: { kind: 'own', directory } };
    },
    async survey({ request: { data } }) {
      const source = table ?? csvFile(file!);
      if (!isTable(data)) throw new DataError('Only tables are summed up.', { file: source.name });
      return surveyTable(data, source).catch((error: unknown) => {
        throw forParticipant(error, data, TOOLS);
      });
    },
  };
}

/** A text is read as a file, images as a folder: a query or tables give none. */
function noTable(job: DataJob, table: TableSource): DataError {
  const [what, hint] = isImages(job)
    ? ['images', 'Give the folder that holds a folder of images for each class: --data IMAGES.']
    : ['a text', 'Give the file that holds it: --data TEXT.txt.'];
  return new DataError(`The run trains on ${what}, and this is a table.`, { file: table.name, hint });
}
