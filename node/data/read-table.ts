import { readSync } from 'node:fs';
import { DataError } from '../../shared/data/data-error.ts';
import { type Split, stratifiedSplit } from '../../shared/data/split.ts';
import { createRandom } from '../../shared/parameters/random.ts';
import { readCategories } from './categories.ts';
import { type Scan, scan } from './scan.ts';
import type { TableJob } from './table-job.ts';
import { readTokens } from './text-column.ts';
import type { Place } from './tokenizer-file.ts';
import type { RowSource } from './write-blocks.ts';

/**
 * A CSV file as rows: a seeded, class-stratified split, training rows first.
 *
 * @param place where a tokenizer is found and written, if the features are text
 * @param spool file descriptor, for features in the file's order: four bytes each
 * @throws DataError with line and column of the first fault
 */
export async function readTable(
  job: TableJob,
  file: string,
  place: Place,
  spool: number,
  seed: number,
): Promise<RowSource> {
  const scanned = await scan(job, file, spool);
  const random = createRandom(seed);
  const isStratified = scanned.classes && scanned.columns.targets.length === 1;
  const stratify = isStratified ? scanned.targets : undefined;
  const split = stratifiedSplit(scanned.rows, stratify, job.test, () => random.next());
  checkSplit(job, file, scanned, split);
  const categories = job.tokens ? undefined : readCategories(spool, scanned, split);
  const features = job.tokens
    ? await readTokens(job, job.tokens, file, place, spool, scanned, split)
    : {
        names: scanned.columns.featureNames,
        count: scanned.columns.features.length,
        type: scanned.bytes ? ('uint8' as const) : ('float32' as const),
        ...(categories && { categories: categories.features }),
      };
  const { columns, targets, classes } = scanned;
  const names = columns.targets.map((field) => String(columns.label(field)));
  return {
    rows: scanned.rows,
    test: { rows: split.testRows },
    features,
    target: {
      name: names.length > 8 ? `${names.length} columns` : names.join(', '),
      kind: job.target.type,
      type: classes ? 'int32' : 'float32',
      ...(names.length > 1 && { count: names.length }),
      ...('shape' in job.target && job.target.shape && { shape: job.target.shape }),
      ...(classes && { classes }),
    },
    read(index, row) {
      readSync(spool, row, 0, row.byteLength, split.order[index]! * row.byteLength);
      categories?.number(row);
    },
    targetOf: (index, at) => targets[split.order[index]! * names.length + at]!,
  };
}

function checkSplit(job: TableJob, file: string, { rows }: Scan, { testRows }: Split): void {
  if (rows - testRows < 1 || (job.test > 0 && testRows < 1)) {
    throw new DataError(
      `${rows} ${rows === 1 ? 'row is' : 'rows are'} too few for data.test ${job.test}: ${rows - testRows} for training and ${testRows} held out.`,
      { file, hint: 'Add rows, or change data.test so that both parts have some.' },
    );
  }
}
