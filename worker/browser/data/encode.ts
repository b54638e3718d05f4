import { DataError } from '../../../shared/data/data-error.ts';
import { declaredBy } from '../../../shared/data/declared.ts';
import { isImages } from '../../../shared/data/images/image-job.ts';
import { type SurveySums, SurveyTable } from '../../../shared/data/survey.ts';
import { isTable, type TableJob } from '../../../shared/data/table-job.ts';
import { splitTable, tableRows } from '../../../shared/data/table-rows.ts';
import { type Scan, TableScan } from '../../../shared/data/table-scan.ts';
import { writeBlocks } from '../../../shared/data/write-blocks.ts';
import { type DataJob, targetNumbers } from '../../../shared/job/data-job.ts';
import { Sha256 } from '../../../shared/sha256.ts';
import { PACKAGE } from '../../../shared/text/command.ts';
import { readCsvFile } from './csv-records.ts';
import { scanExamples } from './examples.ts';
import type { ClassRows, EncodedRows, EncodeRequest, SurveyOwnRequest } from './messages.ts';

/**
 * A person's rows as the run declares them: the same bytes that Node makes of the same table.
 *
 * @throws DataError with line and column of what does not fit
 */
export async function encodeOwn({ data, recipe, manifest }: EncodeRequest): Promise<EncodedRows> {
  const rows = new Features();
  let scan: Scan;
  let name: string;
  if (data.kind === 'table') {
    name = data.name;
    const job = tableJob(recipe.data);
    const table = new TableScan(job, name, (chunk) => rows.add(chunk), declaredBy(manifest));
    await readCsvFile(data.file, name, job.format.delimiter, (fields, line) => table.record(fields, line));
    scan = table.result();
  } else {
    name = 'your examples';
    if (recipe.data.tokens) throw notForPages('texts');
    scan = scanExamples(data.examples, manifest, (row) =>
      rows.add(isImages(recipe.data) ? row.map(Math.round) : row),
    );
  }
  return encode(recipe.data, name, scan, rows, { recipe, manifest });
}

/**
 * Sums over a person's rows, which a survey asks for.
 *
 * @throws DataError with line and column of what does not fit
 */
export async function surveyOwn({ data, request }: SurveyOwnRequest): Promise<SurveySums> {
  if (data.kind !== 'table') {
    throw new DataError('This run sums columns up first: it needs a table.', { file: 'your examples' });
  }
  const job = tableJob(request.data);
  const table = new SurveyTable(job, data.name);
  await readCsvFile(data.file, data.name, job.format.delimiter, (fields, line) => table.record(fields, line));
  return table.result();
}

function encode(
  job: DataJob,
  name: string,
  scan: Scan,
  rows: Features,
  { recipe, manifest }: Pick<EncodeRequest, 'recipe' | 'manifest'>,
): EncodedRows {
  const split = splitTable(job, name, scan, recipe.seed);
  const width = scan.columns.features.length;
  const read = (index: number, row: Float32Array | Int32Array): void => rows.read(index * width, row);
  const source = tableRows(job, scan, split, read, { declared: declaredBy(manifest) });
  const blocks: Uint8Array[] = [];
  const own = writeBlocks(source, (block) => void blocks.push(block.slice()), hashOf);
  return { manifest: own, blocks, ...classCounts(job, scan) };
}

/** Rows of features as they come, in pieces: nobody knows beforehand how many there will be. */
class Features {
  private readonly pieces: Float32Array[] = [];
  private readonly starts: number[] = [];
  private length = 0;
  private at = 0;

  add(piece: Float32Array): void {
    if (piece.length === 0) return;
    this.pieces.push(piece.slice());
    this.starts.push(this.length);
    this.length += piece.length;
  }

  /** A row never spans two pieces. */
  read(start: number, row: Float32Array | Int32Array): void {
    const { starts, pieces } = this;
    while (starts[this.at]! > start) this.at--;
    while (start >= starts[this.at]! + pieces[this.at]!.length) this.at++;
    const from = start - starts[this.at]!;
    row.set(pieces[this.at]!.subarray(from, from + row.length));
  }
}

/** Of targets that say one class of a row. */
function classCounts({ target }: DataJob, scan: Scan): Pick<EncodedRows, 'classes' | 'outputs'> {
  const { classes, outputs } = scan;
  if (target.type !== 'several') {
    return classes && scan.width === 1 && target.type !== 'symbols'
      ? { classes: counted(scan, classes, 0) }
      : {};
  }
  let start = 0;
  const found = target.outputs.flatMap(({ name, target: own }, index) => {
    const at = start;
    const numbers = targetNumbers(own);
    start += numbers;
    const known = own.type === 'symbols' ? undefined : outputs?.[index];
    return known && numbers === 1 ? [{ output: name, classes: counted(scan, known, at) }] : [];
  });
  return { outputs: found };
}

/** @param place of the class among the numbers of a row */
function counted({ targets, width }: Scan, classes: readonly string[], place: number): ClassRows[] {
  const counts = new Uint32Array(classes.length);
  for (let at = place; at < targets.length; at += width) counts[targets[at]!]!++;
  return classes.map((name, index) => ({ name, rows: counts[index]! }));
}

function tableJob(job: DataJob): TableJob {
  if (isTable(job) && !job.tokens) return job;
  if (isImages(job)) {
    const hint = 'Give images: each is an example.';
    throw new DataError('This run learns from images, and this is a table.', { file: 'the run', hint });
  }
  throw notForPages('texts');
}

function notForPages(what: string): DataError {
  const hint = `Join with Tributary on this machine: ${PACKAGE} worker.`;
  return new DataError(`This run learns from ${what}, which a page cannot read yet.`, {
    file: 'the run',
    hint,
  });
}

function hashOf(bytes: Uint8Array): string {
  const hash = new Sha256();
  hash.update(bytes);
  return hash.hex();
}
