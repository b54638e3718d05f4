import { columnTargets, targetColumns } from '../job/data-job.ts';
import { type CellPlace, readNumber } from './cells.ts';
import { className } from './class-name.ts';
import { type Columns, findColumns } from './columns.ts';
import { DataError } from './data-error.ts';
import { checkLabels, checkLength } from './length-check.ts';
import { SymbolScan } from './symbol-scan.ts';
import type { TableJob } from './table-job.ts';
import { type CellScan, MAX_CLASSES, TargetScan } from './target-scan.ts';

/** What the first pass over a file learns; the features went out as float32 rows in the file's order. */
export interface Scan {
  readonly rows: number;
  readonly columns: Columns;
  /** Every feature is an integer in 0..255. */
  readonly bytes: boolean;
  /** Class index or number of each row; of several numbers, row by row. */
  readonly targets: Float32Array;
  /** Numbers of the target of one row. */
  readonly width: number;
  /** Of each target, where it is of labels: steps in which all of them can be read. */
  readonly steps?: readonly (number | undefined)[];
  readonly classes: readonly string[] | undefined;
  /** Classes of each of several targets. */
  readonly outputs?: readonly (readonly string[] | undefined)[];
  /** Words of each category in the order in which they appeared; the features have the number of each, from 1. */
  readonly words: ReadonlyMap<number, readonly string[]>;
}

const MAX_ROWS = 2 ** 31 - 1;
/** Floats that are handed on at once. */
const BUFFER_FLOATS = 256 * 1024;

/** Reads a table record by record: checks every cell, collects the targets and hands the features on. */
export class TableScan {
  private columns: Columns | undefined;
  private bytes = true;
  private rows = 0;
  private targets = new Float32Array(1024);
  private kept = 0;
  private readonly targetScans: readonly { readonly scan: CellScan; readonly columns: number }[];
  /** The scan of each target column. */
  private readonly targetAt: readonly CellScan[];
  private readonly keep = (value: number): void => this.keepTarget(value);
  /** By field: the number of each word. */
  private readonly words = new Map<number, Map<string, number>>();
  private buffer = new Float32Array(0);
  private filled = 0;

  /**
   * @param file how messages call it
   * @param features takes rows of features, one behind the other; their memory is used again
   * @param known classes that are known beforehand: no other is taken, and not all need be there; or that the table is a part, which
   *   may lack classes
   */
  constructor(
    private readonly job: TableJob,
    private readonly file: string,
    private readonly features: (rows: Float32Array) => void,
    private readonly known: {
      readonly classes?: readonly string[] | undefined;
      readonly outputs?: readonly (readonly string[] | undefined)[] | undefined;
      readonly partial?: boolean;
    } = {},
  ) {
    this.targetScans = columnTargets(job.target).map(({ name, target }, at) => {
      const key = name === undefined ? 'data.target' : `data.targets.${name}`;
      const classes = name === undefined ? known.classes : known.outputs?.[at];
      const scan =
        target.type === 'symbols'
          ? new SymbolScan(target.length, key, classes)
          : new TargetScan(target.type, key, classes);
      return { scan, columns: targetColumns(target).length };
    });
    this.targetAt = this.targetScans.flatMap(({ scan, columns }) => new Array<CellScan>(columns).fill(scan));
  }

  /**
   * @param line of the file, from 1, on which the record ends
   * @throws DataError with line and column of the fault
   */
  record(fields: readonly string[], line: number): void {
    if (!this.columns) {
      this.columns = findColumns(this.job, fields, this.file);
      this.buffer = new Float32Array(Math.max(BUFFER_FLOATS, this.columns.features.length));
      if (this.job.format.header) return;
    }
    const { columns, file } = this;
    if (fields.length !== columns.fields) {
      throw new DataError(`The row has ${fields.length} fields, the first line has ${columns.fields}.`, {
        file,
        line,
        hint: 'Every row needs the same number of fields; put fields that contain the delimiter in quotes.',
      });
    }
    if (this.rows >= MAX_ROWS) throw new DataError(`More than ${MAX_ROWS} rows.`, { file, line });
    if (this.filled + columns.features.length > this.buffer.length) this.flush();
    let length: number | undefined;
    for (const field of columns.features) {
      const cell = fields[field]!;
      const value = columns.categories.has(field)
        ? this.word(cell, field, line)
        : readNumber(cell, this.place(field, line));
      if (columns.length?.field === field) {
        checkLength(value, columns.length.places, this.place(field, line));
        length = value;
      }
      if (this.bytes && value !== (value & 255)) this.bytes = false;
      this.buffer[this.filled++] = value;
    }
    for (const [at, field] of columns.targets.entries()) {
      this.targetAt[at]!.read(fields[field]!, this.place(field, line), this.keep);
    }
    if (length !== undefined) checkLabels(length, columns, this.targetAt, (field) => this.place(field, line));
    this.rows++;
  }

  private keepTarget(value: number): void {
    if (this.kept === this.targets.length) {
      const grown = new Float32Array(this.targets.length * 2);
      grown.set(this.targets);
      this.targets = grown;
    }
    this.targets[this.kept++] = value;
  }

  result(): Scan {
    const { columns, file, rows } = this;
    if (!columns || rows === 0) {
      throw new DataError(columns ? 'There is a header, but no row.' : 'The file has no row.', {
        file,
        hint: columns ? 'If the first line is data, set data.format.header to false.' : undefined,
        atParticipant: columns
          ? 'The run takes the first line for a header: add one, if it is a row.'
          : 'Give a table with rows.',
      });
    }
    this.flush();
    const targets = this.targets.subarray(0, this.kept);
    const found = this.classesOf(columns, targets);
    const words = new Map([...this.words].map(([field, known]) => [field, [...known.keys()]]));
    const classes =
      this.job.target.type === 'several' ? { classes: undefined, outputs: found } : { classes: found[0] };
    const steps = this.targetScans.map(({ scan }) => (scan instanceof SymbolScan ? scan.steps : undefined));
    return { rows, columns, bytes: this.bytes, targets, width: this.width, steps, ...classes, words };
  }

  /** Classes of each target, in its own order; the numbers of the rows follow. */
  private classesOf(columns: Columns, numbers: Float32Array): (readonly string[] | undefined)[] {
    let [start, column] = [0, 0];
    return this.targetScans.map(({ scan, columns: count }) => {
      const own = count * scan.places;
      const classes = scan.finish(numbers, { start, columns: own, width: this.width });
      if (!this.known.partial && !this.isKnown(classes)) {
        scan.check(classes, { file: this.file, column: columns.label(columns.targets[column]!) });
      }
      start += own;
      column += count;
      return classes;
    });
  }

  private get width(): number {
    return this.targetAt.reduce((sum, { places }) => sum + places, 0);
  }

  private isKnown(classes: readonly string[] | undefined): boolean {
    return classes === this.known.classes || (this.known.outputs?.includes(classes) ?? false);
  }

  private word(cell: string, field: number, line: number): number {
    let known = this.words.get(field);
    if (!known) {
      known = new Map();
      this.words.set(field, known);
    }
    const word = className(cell);
    const number = known.get(word) ?? known.size + 1;
    if (number > MAX_CLASSES) {
      const place = { file: this.file, line, column: this.columns!.label(field) };
      const hint = 'A category is one of a list that repeats; for tokens of a text, data.features.text.';
      throw new DataError(`The category has more than ${MAX_CLASSES} words.`, { ...place, hint });
    }
    known.set(word, number);
    return number;
  }

  private place(field: number, line: number): CellPlace {
    return {
      file: this.file,
      line,
      column: this.columns?.label(field),
      mayBeHeader: this.rows === 0 && !this.job.format.header,
    };
  }

  private flush(): void {
    this.features(this.buffer.subarray(0, this.filled));
    this.filled = 0;
  }
}
