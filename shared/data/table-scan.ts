import { readNumber } from './cells.ts';
import { sortedClasses } from './class-order.ts';
import { type Columns, findColumns } from './columns.ts';
import { DataError } from './data-error.ts';
import type { TableJob } from './table-job.ts';

/** What the first pass over a file learns; the features went out as float32 rows in the file's order. */
export interface Scan {
  readonly rows: number;
  readonly columns: Columns;
  /** Every feature is an integer in 0..255. */
  readonly bytes: boolean;
  /** Class index or number of each row; of several numbers, row by row. */
  readonly targets: Float32Array;
  readonly classes: readonly string[] | undefined;
  /** Words of each category in the order in which they appeared; the features have the number of each, from 1. */
  readonly words: ReadonlyMap<number, readonly string[]>;
}

/** More distinct values than this are not classes but numbers or names. */
const MAX_CLASSES = 65_536;
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
  private readonly classIndex = new Map<string, number>();
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
      readonly partial?: boolean;
    } = {},
  ) {
    for (const [index, name] of (known.classes ?? []).entries()) this.classIndex.set(name, index);
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
    for (const field of columns.features) {
      const cell = fields[field]!;
      const value = columns.categories.has(field)
        ? this.word(cell, field, line)
        : this.number(cell, field, line);
      if (this.bytes && value !== (value & 255)) this.bytes = false;
      this.buffer[this.filled++] = value;
    }
    for (const field of columns.targets) this.keepTarget(this.target(fields[field]!, field, line));
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
    const classes =
      this.job.target.type === 'class' || this.job.target.type === 'binary'
        ? (this.known.classes ?? sortClasses([...this.classIndex.keys()], targets))
        : undefined;
    if (!this.known.classes && !this.known.partial) this.checkClasses(classes, columns);
    const words = new Map([...this.words].map(([field, known]) => [field, [...known.keys()]]));
    return { rows, columns, bytes: this.bytes, targets, classes, words };
  }

  private checkClasses(classes: readonly string[] | undefined, columns: Columns): void {
    if (!classes) return;
    const place = { file: this.file, column: columns.label(columns.targets[0]!) };
    if (classes.length === 1) {
      throw new DataError(`Every row has the same target "${classes[0]}": there is nothing to tell apart.`, {
        ...place,
        hint: 'Check data.target.column; a classifier needs rows of at least two classes.',
      });
    }
    if (this.job.target.type === 'binary' && classes.length !== 2) {
      throw new DataError(
        `A binary target has two values, this one has ${classes.length}: ${classes.slice(0, 5).join(', ')}${classes.length > 5 ? ', …' : ''}.`,
        { ...place, hint: 'Use data.target.type: class, with the loss cross-entropy.' },
      );
    }
  }

  private word(cell: string, field: number, line: number): number {
    let known = this.words.get(field);
    if (!known) {
      known = new Map();
      this.words.set(field, known);
    }
    const word = cell.trim();
    const number = known.get(word) ?? known.size + 1;
    if (number > MAX_CLASSES) {
      const place = { file: this.file, line, column: this.columns!.label(field) };
      const hint = 'A category is one of a list that repeats; for tokens of a text, data.features.text.';
      throw new DataError(`The category has more than ${MAX_CLASSES} words.`, { ...place, hint });
    }
    known.set(word, number);
    return number;
  }

  private number(cell: string, field: number, line: number): number {
    return readNumber(cell, {
      file: this.file,
      line,
      column: this.columns?.label(field),
      mayBeHeader: this.rows === 0 && !this.job.format.header,
    });
  }

  private target(cell: string, field: number, line: number): number {
    if (this.job.target.type === 'number') return this.number(cell, field, line);
    const name = cell.trim();
    const place = { file: this.file, line, column: this.columns!.label(field) };
    if (name === '' || /^nan$/i.test(name)) {
      const hint = 'Every row needs its class: fill it in or drop the row.';
      throw new DataError(name === '' ? 'The target is empty.' : 'The target is NaN.', { ...place, hint });
    }
    const known = this.classIndex.get(name);
    if (known !== undefined) return known;
    const declared = this.known.classes;
    if (declared) {
      const shown = declared.slice(0, 12).join(', ') + (declared.length > 12 ? ', …' : '');
      const hint = `The run's classes are: ${shown}. Correct the cell, or drop the row.`;
      const message = `The class ${JSON.stringify(name.slice(0, 40))} is none of the run's.`;
      throw new DataError(message, { ...place, hint });
    }
    if (this.classIndex.size >= MAX_CLASSES) {
      const hint = 'For quantities use data.target.type: number.';
      throw new DataError(`The target has more than ${MAX_CLASSES} classes.`, { ...place, hint });
    }
    this.classIndex.set(name, this.classIndex.size);
    return this.classIndex.size - 1;
  }

  private flush(): void {
    this.features(this.buffer.subarray(0, this.filled));
    this.filled = 0;
  }
}

/** Sorts the classes, as numbers when all are, and rewrites the targets from order of appearance to the sorted order. */
function sortClasses(names: readonly string[], targets: Float32Array): string[] {
  const sorted = sortedClasses(names);
  const rank = new Map(sorted.map((name, index) => [name, index]));
  for (let row = 0; row < targets.length; row++) targets[row] = rank.get(names[targets[row]!]!)!;
  return sorted;
}
