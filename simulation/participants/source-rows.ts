import { readCsv } from '../../node/data/csv-rows.ts';
import { findImages } from '../../node/data/read-images.ts';
import { className, columnName } from '../../shared/data/class-name.ts';
import { DataError } from '../../shared/data/data-error.ts';
import type { DatasetManifest } from '../../shared/data/dataset.ts';
import { isImages } from '../../shared/data/images/image-job.ts';
import { stratifiedSplit } from '../../shared/data/split.ts';
import { strataOf } from '../../shared/data/strata.ts';
import { isTable, type TableJob } from '../../shared/data/table-job.ts';
import { columnTargets, type DataJob, type TargetJob } from '../../shared/job/data-job.ts';
import { createRandom } from '../../shared/parameters/random.ts';

/** What of a row only its source says. */
export interface SourceRows {
  /** The row's place in the file. */
  readonly position?: (row: number) => number;
  readonly columns?: readonly string[];
  /** The wanted column's cell; undefined when there is no such column. */
  readonly cell?: (row: number) => string;
}

/**
 * Reads the source once more, for a column that is no feature, or for the order that its rows had.
 *
 * @param wanted name of a column, or its number in a file without a header
 */
export async function sourceRows(
  manifest: DatasetManifest,
  { data, file, seed }: { readonly data: DataJob; readonly file: string; readonly seed: number },
  wanted: string | number | undefined,
): Promise<SourceRows> {
  if (isImages(data)) {
    const { files, classes } = findImages(data, file, { declared: { classes: manifest.target.classes } });
    const labels = classes && files.map(({ label }) => label);
    const order = orderOf(manifest, data, seed, labels);
    return { columns: [], position: (row) => order[row]! };
  }
  // The windows of a text keep their order, and have no columns.
  if (!isTable(data)) return { position: (row) => row };
  const { columns, cells, classes } = await readCells(data, file, manifest, wanted);
  const order = orderOf(manifest, data, seed, strata(data, classes));
  if (order.length !== manifest.rows || (wanted !== undefined && cells && cells.length !== manifest.rows)) {
    throw new DataError('The file was changed while it was read.', { file });
  }
  return {
    columns,
    position: (row) => order[row]!,
    ...(cells && { cell: (row: number) => cells[order[row]!]! }),
  };
}

/** As it was when the table was read: the same numbers of the same seed. */
function orderOf(manifest: DatasetManifest, data: DataJob, seed: number, strata?: ArrayLike<number>) {
  const random = createRandom(seed);
  return stratifiedSplit(manifest.rows, strata, data.test, random.next).order;
}

/** @param classes of the rows, by each target that has one */
function strata({ target, test }: DataJob, classes: readonly number[][]): ArrayLike<number> | undefined {
  if (target.type !== 'several') return classes[0];
  const classOf = classes.map((own) => (row: number) => own[row]!);
  return strataOf(classes[0]?.length ?? 0, classOf, test);
}

async function readCells(
  { format, target }: TableJob,
  file: string,
  manifest: DatasetManifest,
  wanted: string | number | undefined,
) {
  let columns: readonly string[] | undefined;
  let field = -1;
  const cells: string[] = [];
  const targets = classTargets(target, manifest.target).map(({ column, classes }) => ({
    column: String(column),
    index: new Map(classes.map((name, index) => [name, index])),
    field: -1,
    classes: [] as number[],
  }));
  await readCsv(file, format.delimiter, (fields) => {
    if (!columns) {
      columns = fields.map((name, index) => (format.header ? columnName(name) : String(index)));
      field = wanted === undefined ? -1 : columns.indexOf(columnName(String(wanted)));
      for (const each of targets) each.field = columns.indexOf(columnName(each.column));
      if (format.header) return;
    }
    if (field >= 0) cells.push(fields[field]!.trim());
    for (const { field: at, index, classes } of targets) classes.push(index.get(className(fields[at]!))!);
  });
  return {
    columns: columns ?? [],
    cells: field >= 0 ? cells : undefined,
    classes: targets.map(({ classes }) => classes),
  };
}

/** The targets that say one class of a row: their columns, and the classes by index. */
function classTargets(job: TargetJob, { classes, outputs }: DatasetManifest['target']) {
  return columnTargets(job).flatMap(({ target }, at) => {
    const own = outputs ? outputs[at]!.classes : classes;
    return 'column' in target && target.type !== 'symbols' && own
      ? [{ column: target.column, classes: own }]
      : [];
  });
}
