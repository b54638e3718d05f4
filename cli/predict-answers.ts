import { agreement } from './predict-agreement.ts';
import type { Prediction } from './predict-outputs.ts';
import { metric } from './ui/numbers.ts';
import { table } from './ui/table.ts';

/** Rows of the table; --csv and --json print all. */
const MOST_ROWS = 20;
/** Of a row with many. */
const MOST_NUMBERS = 8;

/** What the table says of a row: an answer, or one for each of several numbers. */
export type Actual = string | readonly string[];

/** What one output says of all rows, and what is true, where that is known. */
export interface Answers {
  /** `prediction` where the model has one output. */
  readonly name: string;
  readonly predictions: readonly Prediction[];
  /** Of several numbers a row of them. */
  readonly actual: readonly Actual[] | undefined;
  /** What a class may be, where the file says it. */
  readonly classes?: readonly string[] | undefined;
  /** Of a label that is read from symbols. */
  readonly isLabel?: boolean | undefined;
}

/** Of several outputs an object for each, under its name. @param names how rows are called, where that is not their number */
export function answersAsJson(answers: readonly Answers[], names?: readonly string[]): string {
  const of = ({ predictions, actual }: Answers, row: number) => ({
    ...predictions[row]!,
    ...(actual && { actual: actual[row] }),
  });
  const [only] = answers;
  const rows = rowsOf(answers).map((row) => ({
    row,
    ...(names && { file: names[row] }),
    ...(answers.length === 1 && only
      ? of(only, row)
      : Object.fromEntries(answers.map((each) => [each.name, of(each, row)]))),
  }));
  return `${JSON.stringify(rows, undefined, 2)}\n`;
}

/** Of several outputs the columns of each, with its name before them: `digit,digit_probability,digit_actual`. */
export function answersAsCsv(answers: readonly Answers[], names?: readonly string[]): string {
  const columns = answers.flatMap((each) => {
    const { predictions, actual } = each;
    const values = predictions.map(({ value }) =>
      quoted(Array.isArray(value) ? value.join(' ') : String(value)),
    );
    const probable = isProbable(each)
      ? predictions.map(({ probability }) => String(probability ?? ''))
      : undefined;
    return columnsOf(answers, each.name, '_', [
      values,
      probable,
      actual?.map((answer) => quoted(plainly(answer))),
    ]);
  });
  const lines = rowsOf(answers).map((row) =>
    [quoted(names?.[row] ?? String(row)), ...columns.map(({ cells }) => cells[row] ?? '')].join(','),
  );
  return `${[['row', ...columns.map(({ head }) => head)].join(','), ...lines].join('\n')}\n`;
}

export function answersAsTable(answers: readonly Answers[], names?: readonly string[]): string {
  const columns = answers.flatMap((each) => {
    const { predictions, actual } = each;
    const few = predictions.slice(0, MOST_ROWS);
    const values = few.map(({ value }) => shown(value));
    const probable = isProbable(each)
      ? few.map(({ probability }) => (probability === undefined ? '' : `${(probability * 100).toFixed(1)} %`))
      : undefined;
    return columnsOf(answers, each.name, ' ', [values, probable, actual?.slice(0, MOST_ROWS).map(briefly)]);
  });
  const all = rowsOf(answers);
  const rows = all
    .slice(0, MOST_ROWS)
    .map((row) => [names?.[row] ?? String(row), ...columns.map(({ cells }) => cells[row] ?? '')]);
  const hidden = all.length - MOST_ROWS;
  const more = hidden > 0 ? `and ${hidden} more rows: --csv or --json prints all\n` : '';
  const right = answers.map((each) =>
    agreement(each, answers.length > 1 ? `${each.name}: ` : '', names !== undefined),
  );
  return `${table(['row', ...columns.map(({ head }) => head)], rows)}\n${more}${right.join('')}`;
}

function rowsOf([first]: readonly Answers[]): number[] {
  return (first?.predictions ?? []).map((_, row) => row);
}

function isProbable({ predictions }: Answers): boolean {
  return predictions.some(({ probability }) => probability !== undefined);
}

/** The columns of an output that there are: what is predicted, how probable it is, what is true. */
function columnsOf(
  answers: readonly Answers[],
  name: string,
  between: string,
  [values, probable, actual]: readonly [
    readonly string[],
    readonly string[] | undefined,
    readonly string[] | undefined,
  ],
): { readonly head: string; readonly cells: readonly string[] }[] {
  const head = (what: string): string => (answers.length === 1 ? what : `${name}${between}${what}`);
  return [
    { head: name, cells: values },
    ...(probable ? [{ head: head('probability'), cells: probable }] : []),
    ...(actual ? [{ head: head('actual'), cells: actual }] : []),
  ];
}

function quoted(text: string): string {
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}

function plainly(answer: Actual): string {
  return typeof answer === 'string' ? answer : answer.join(' ');
}

function briefly(answer: Actual): string {
  if (typeof answer === 'string') return answer;
  return [...answer.slice(0, MOST_NUMBERS), ...(answer.length > MOST_NUMBERS ? ['…'] : [])].join(' ');
}

function shown(value: Prediction['value']): string {
  if (typeof value === 'string') return value;
  if (typeof value === 'number') return predicted(value);
  const first = value.slice(0, MOST_NUMBERS).map((number) => metric('value', number));
  return [...first, ...(value.length > MOST_NUMBERS ? ['…'] : [])].join(' ');
}

/** As the column has it, not as a metric: a price of 483217 beside one of 539022. A float32 has about seven digits. */
function predicted(value: number): string {
  return String(Number(value.toPrecision(6)));
}
