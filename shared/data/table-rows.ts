import { type DataJob, targetNumbers } from '../job/data-job.ts';
import { createRandom } from '../parameters/random.ts';
import { type ReadRow, readCategories } from './categories.ts';
import { DataError } from './data-error.ts';
import type { DatasetManifest } from './dataset.ts';
import type { Declared } from './declared.ts';
import { type Split, stratifiedSplit } from './split.ts';
import { classColumns, strataOf } from './strata.ts';
import type { Scan } from './table-scan.ts';
import { measuredPlaces, tableTarget } from './table-target.ts';
import type { RowSource } from './write-blocks.ts';

/**
 * The seeded split of a scanned table: stratified by class, where there is one; of several targets as `strataOf` says.
 *
 * @throws DataError when one of the parts would have no row
 */
export function splitTable(
  job: Pick<DataJob, 'test' | 'target'>,
  file: string,
  scan: Scan,
  seed: number,
): Split {
  const random = createRandom(seed);
  const split = stratifiedSplit(scan.rows, strata(job, scan), job.test, () => random.next());
  checkSplit(job, file, scan, split);
  return split;
}

function strata(
  { target, test }: Pick<DataJob, 'test' | 'target'>,
  scan: Scan,
): ArrayLike<number> | undefined {
  const { rows, targets, classes, outputs, width } = scan;
  if (target.type === 'symbols') return undefined;
  if (target.type !== 'several') return classes && width === 1 ? targets : undefined;
  const places = classColumns(
    target.outputs.map((output, at) => ({
      columns: targetNumbers(output.target),
      isClass: outputs?.[at] !== undefined && output.target.type !== 'symbols',
    })),
  );
  return strataOf(
    rows,
    places.map((at) => (row: number) => targets[row * width + at]!),
    test,
  );
}

/** All rows in their order, for evaluation. */
export function heldOutTable({ rows }: Scan): Split {
  return { order: Uint32Array.from({ length: rows }, (_, row) => row), testRows: rows };
}

/** What is known of a table beside its cells. */
export interface TableForm {
  /** What the manifest says of features that are tokens. */
  readonly tokens?: DatasetManifest['features'] | undefined;
  /** Of a federated run: what all tables have in common. */
  readonly declared?: Declared | undefined;
}

/**
 * A scanned table as rows in the order of the split, training rows first.
 *
 * @param read gives the features of a row: as they were scanned, or its tokens
 */
export function tableRows(
  job: Pick<DataJob, 'target'>,
  scan: Scan,
  split: Split,
  read: ReadRow,
  { tokens, declared }: TableForm = {},
): RowSource {
  const { columns, targets, classes } = scan;
  const words = declared && (declared.categories ?? []);
  const categories = tokens ? undefined : readCategories(read, scan, split, words);
  const features = tokens ?? {
    names: columns.featureNames,
    count: columns.features.length,
    type: scan.bytes ? ('uint8' as const) : ('float32' as const),
    ...(categories && { categories: categories.features }),
    ...(columns.length && { lengths: columns.features.indexOf(columns.length.field) }),
  };
  const names = columns.targets.map((field) => String(columns.label(field)));
  return {
    rows: scan.rows,
    test: { rows: split.testRows },
    features,
    target: tableTarget(job.target, names, classes, scan),
    measured: measuredPlaces(job.target),
    read(index, row) {
      read(split.order[index]!, row);
      categories?.number(row);
    },
    targetOf: (index, at) => targets[split.order[index]! * scan.width + at]!,
  };
}

function checkSplit(
  { target, ...job }: Pick<DataJob, 'test' | 'target'>,
  file: string,
  { rows, classes }: Scan,
  { testRows }: Split,
): void {
  // Each class keeps a row for training: of many rows none is held out only where each class has a single one.
  if (
    classes &&
    target.type !== 'several' &&
    job.test > 0 &&
    testRows < 1 &&
    Math.round(rows * job.test) >= 1 &&
    rows >= 10
  ) {
    throw new DataError(
      `each class of the target has a single row (${rows} classes in ${rows} rows), so that none can be held out: it is probably a number or an id.`,
      {
        file,
        hint: 'Say data.target.type: number for a quantity, or name another column as the target.',
        atParticipant: 'Look at the column that is the target: a class must be that of several rows.',
      },
    );
  }
  if (rows - testRows < 1 || (job.test > 0 && testRows < 1)) {
    throw new DataError(
      `${rows} ${rows === 1 ? 'row is' : 'rows are'} too few to hold out ${job.test} of them: ${rows - testRows} for training and ${testRows} held out.`,
      {
        file,
        hint: 'Add rows, or change data.test so that both parts have some.',
        atParticipant: 'Add rows: the run holds some of them out to evaluate with, and trains on the others.',
      },
    );
  }
}
