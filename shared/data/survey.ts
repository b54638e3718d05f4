import { type ColumnJob, columnTargets, type DataJob, targetNumbers } from '../job/data-job.ts';
import { DataError } from './data-error.ts';
import type { TableJob } from './table-job.ts';
import { TableScan } from './table-scan.ts';
import { measuredPlaces } from './table-target.ts';

/** What participants are asked to sum up before there is a model: nothing that the job declares. */
export interface SurveyRequest {
  readonly data: DataJob;
  readonly seed: number;
}

/**
 * Sums over rows by name, as they travel: `rows`, `sum/<feature>`, `squares/<feature>`, `target-sum/<number>`,
 * `target-squares/<number>`, `class/<name>`, of several targets
 * `class/<target>/<name>`, `word/<feature>/<word>`. Of several targets each is counted by itself: how many rows have two classes
 * together is not asked.
 */
export type SurveySums = Readonly<Record<string, number>>;

/** A participant with fewer rows sends no sums: they would say too much of each row. */
export const LEAST_SURVEYED = 10;
/** A word that fewer rows of a participant's have is not named. */
export const LEAST_OF_A_WORD = 3;
/** Names that one answer may have; the wire's limit on entries. */
const MOST_NAMES = 4_096;

/** A target whose classes only rows tell. */
export interface OpenTarget {
  /** Among all targets. */
  readonly index: number;
  /** Of several. */
  readonly name: string | undefined;
  readonly column: ColumnJob;
  readonly isBinary: boolean;
}

/** What the job leaves open: a survey has to say it. */
export function surveyed(data: DataJob): {
  readonly moments: boolean;
  /** Numbers of a row's target whose mean and deviation are, by their places. */
  readonly targetMoments: readonly number[];
  /** Whether classes of any target are. */
  readonly classes: boolean;
  readonly targets: readonly OpenTarget[];
  readonly words: boolean;
} {
  const { heldBy, features, tokens } = data;
  const isOwn = heldBy === 'members';
  const targets = isOwn ? openTargets(data) : [];
  return {
    moments: isOwn && !tokens && features.normalize.kind === 'standardize',
    targetMoments: isOwn ? measured(data) : [],
    classes: targets.length > 0,
    targets,
    words: isOwn && features.categories !== undefined,
  };
}

function measured({ target }: DataJob): number[] {
  return (measuredPlaces(target) ?? []).flatMap((wanted, at) => (wanted ? [at] : []));
}

function openTargets({ target }: DataJob): OpenTarget[] {
  return columnTargets(target).flatMap(({ name, target: own }, index) => {
    const isOpen = own.type !== 'number' && 'column' in own && own.classes === undefined;
    return isOpen ? [{ index, name, column: own.column, isBinary: own.type === 'binary' }] : [];
  });
}

/** What the sums of a target's classes begin with. */
export function prefixOf({ name }: OpenTarget): string {
  return name === undefined ? 'class/' : `class/${name}/`;
}

export function needsSurvey(data: DataJob): boolean {
  const { moments, targetMoments, classes, words } = surveyed(data);
  return moments || targetMoments.length > 0 || classes || words;
}

/** Sums a participant's table up, record by record, in double precision; cells are checked as they are for training. */
export class SurveyTable {
  private readonly table: TableScan;
  private readonly width: number;
  private readonly sums: Float64Array;
  private readonly squares: Float64Array;
  /** Where the numbers of each target begin in a row of all. */
  private readonly starts: readonly number[];
  /** By feature: rows of each word, by the number that the scan gives it. */
  private readonly words = new Map<number, number[]>();

  /** @param file how messages call it */
  constructor(
    private readonly job: TableJob,
    private readonly file: string,
  ) {
    this.width = job.features.columns?.length ?? 0;
    let start = 0;
    this.starts = columnTargets(job.target).map(({ target }) => {
      const at = start;
      start += targetNumbers(target);
      return at;
    });
    this.sums = new Float64Array(this.width);
    this.squares = new Float64Array(this.width);
    for (const column of job.features.categories ?? []) {
      this.words.set(job.features.columns!.indexOf(column), []);
    }
    this.table = new TableScan(job, file, (rows) => this.add(rows), { partial: true });
  }

  /** @throws DataError with line and column of a fault */
  record(fields: readonly string[], line: number): void {
    this.table.record(fields, line);
  }

  private add(rows: Float32Array): void {
    for (let index = 0; index < rows.length; index++) {
      const column = index % this.width;
      const value = rows[index]!;
      const counts = this.words.get(column);
      if (counts) counts[value] = (counts[value] ?? 0) + 1;
      else {
        this.sums[column]! += value;
        this.squares[column]! += value * value;
      }
    }
  }

  /** @throws DataError when there are too few rows, or too many names */
  result(): SurveySums {
    const { rows, columns, classes, outputs = [classes], targets, width, words } = this.table.result();
    const { file } = this;
    if (rows < LEAST_SURVEYED) {
      const hint = `Sums over fewer than ${LEAST_SURVEYED} rows would say too much of each: add rows, or stay out of this run.`;
      throw new DataError(`${rows} ${rows === 1 ? 'row is' : 'rows are'} too few to sum up.`, { file, hint });
    }
    const wanted = surveyed(this.job);
    const result: Record<string, number> = { rows };
    if (wanted.moments) {
      for (let column = 0; column < this.width; column++) {
        if (this.words.has(column)) continue;
        result[`sum/${column}`] = this.sums[column]!;
        result[`squares/${column}`] = this.squares[column]!;
      }
    }
    if (wanted.words) {
      for (const [column, counts] of this.words) {
        for (const [index, word] of (words.get(columns.features[column]!) ?? []).entries()) {
          const count = counts[index + 1] ?? 0;
          if (word !== '' && count >= LEAST_OF_A_WORD) result[`word/${column}/${word}`] = count;
        }
      }
    }
    for (const place of wanted.targetMoments) {
      let [sum, squares] = [0, 0];
      for (let at = place; at < targets.length; at += width) {
        sum += targets[at]!;
        squares += targets[at]! ** 2;
      }
      result[`target-sum/${place}`] = sum;
      result[`target-squares/${place}`] = squares;
    }
    for (const open of wanted.targets) {
      const names = outputs[open.index]!;
      for (let at = this.starts[open.index]!; at < targets.length; at += width) {
        const name = prefixOf(open) + names[targets[at]!];
        result[name] = (result[name] ?? 0) + 1;
      }
    }
    const names = Object.keys(result).length;
    if (names <= MOST_NAMES) return result;
    const hint =
      'The job can declare classes (classes of a target), or divide features by a number instead of standardizing them.';
    const atParticipant =
      'Ask whoever runs the coordinator: its job can declare more, so that fewer sums are asked for.';
    const message = `${names} sums are more than the ${MOST_NAMES} that a survey holds.`;
    throw new DataError(message, { file, hint, atParticipant });
  }
}
