import type { DataJob } from '../job/data-job.ts';
import { sortedClasses } from './class-order.ts';
import { DataError } from './data-error.ts';
import { type Declared, declaredIn } from './declared.ts';
import type { TableJob } from './table-job.ts';
import { TableScan } from './table-scan.ts';

/** What participants are asked to sum up before there is a model: nothing that the job declares. */
export interface SurveyRequest {
  readonly data: DataJob;
  readonly seed: number;
}

/** Sums over rows by name, as they travel: `rows`, `sum/<feature>`, `squares/<feature>`, `class/<name>`, `word/<feature>/<word>`. */
export type SurveySums = Readonly<Record<string, number>>;

/** A participant with fewer rows sends no sums: they would say too much of each row. */
export const LEAST_SURVEYED = 10;
/** A word that fewer rows of a participant's have is not named. */
export const LEAST_OF_A_WORD = 3;
/** Names that one answer may have; the wire's limit on entries. */
const MOST_NAMES = 4_096;

/** What the job leaves open: a survey has to say it. */
export function surveyed({ heldBy, features, target, tokens }: DataJob): {
  readonly moments: boolean;
  readonly classes: boolean;
  readonly words: boolean;
} {
  const isOwn = heldBy === 'members';
  const isClass = (target.type === 'class' || target.type === 'binary') && 'column' in target;
  return {
    moments: isOwn && !tokens && features.normalize.kind === 'standardize',
    classes: isOwn && isClass && target.classes === undefined,
    words: isOwn && features.categories !== undefined,
  };
}

export function needsSurvey(data: DataJob): boolean {
  const { moments, classes, words } = surveyed(data);
  return moments || classes || words;
}

/** Sums a participant's table up, record by record, in double precision; cells are checked as they are for training. */
export class SurveyTable {
  private readonly table: TableScan;
  private readonly width: number;
  private readonly sums: Float64Array;
  private readonly squares: Float64Array;
  /** By feature: rows of each word, by the number that the scan gives it. */
  private readonly words = new Map<number, number[]>();

  /** @param file how messages call it */
  constructor(
    private readonly job: TableJob,
    private readonly file: string,
  ) {
    this.width = job.features.columns?.length ?? 0;
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
    const { rows, columns, classes = [], targets, words } = this.table.result();
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
    if (wanted.classes) {
      for (const target of targets) {
        const name = `class/${classes[target]}`;
        result[name] = (result[name] ?? 0) + 1;
      }
    }
    const names = Object.keys(result).length;
    if (names <= MOST_NAMES) return result;
    const hint =
      'The job can declare classes (data.target.classes), or divide features by a number instead of standardizing them.';
    const atParticipant =
      'Ask whoever runs the coordinator: its job can declare more, so that fewer sums are asked for.';
    const message = `${names} sums are more than the ${MOST_NAMES} that a survey holds.`;
    throw new DataError(message, { file, hint, atParticipant });
  }
}

/**
 * What the sums over all participants say: classes in order, words in order, means and deviations.
 *
 * @throws DataError when they do not make sense: fewer than two classes
 */
export function declaredFrom(sums: SurveySums, data: DataJob): Declared {
  const wanted = surveyed(data);
  const features = data.features.columns?.length ?? 0;
  const declared = declaredIn(data.target);
  const classes = wanted.classes ? sortedClasses(namesOf(sums, 'class/')) : declared.classes;
  if (wanted.classes && classes!.length < 2) {
    const found = classes!.length === 1 ? `one class only, ${JSON.stringify(classes![0])}` : 'no class';
    throw new DataError(`they have ${found}: there is nothing to tell apart.`, {
      file: 'the rows of the participants',
      hint: 'Start a new run, with participants that have others too, or with the classes in the job (data.target.classes).',
    });
  }
  return {
    ...declared,
    classes,
    ...(wanted.words && { categories: categoriesOf(sums, features) }),
    ...(wanted.moments && { statistics: statisticsOf(sums, features) }),
  };
}

function statisticsOf(sums: SurveySums, features: number): Declared['statistics'] {
  const rows = sums['rows'] ?? 0;
  const mean = Array.from({ length: features }, (_, index) => (sums[`sum/${index}`] ?? 0) / rows);
  const deviation = mean.map((center, index) => {
    const variance = (sums[`squares/${index}`] ?? 0) / rows - center * center;
    // A constant feature has deviation 1, so that standardising it gives 0 and not NaN; so has a word's number.
    return variance > 1e-12 * center * center ? Math.sqrt(variance) : 1;
  });
  return { mean, deviation };
}

function categoriesOf(sums: SurveySums, features: number): Declared['categories'] {
  return Array.from({ length: features }, (_, column) => ({
    column,
    words: namesOf(sums, `word/${column}/`).sort(),
  })).filter(({ words }) => words.length > 0);
}

function namesOf(sums: SurveySums, prefix: string): string[] {
  return Object.keys(sums)
    .filter((name) => name.startsWith(prefix))
    .map((name) => name.slice(prefix.length));
}
