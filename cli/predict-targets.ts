import { columnName } from '../shared/data/class-name.ts';
import { command } from '../shared/text/command.ts';
import { UsageError } from './errors.ts';
import type { PredictedOutput } from './predict-model.ts';

/** A column of true answers, and the output that it is for. */
export interface NamedTarget {
  readonly output: string;
  readonly column: string;
}

/**
 * Which columns hold the true answers of which output. A column is that of the output which was trained on it; of another
 * name it is said: OUTPUT=COLUMN. Of an output of several numbers there is a column for each, in their order.
 *
 * @param unread outputs of the file that are not looked at, as it does not say what they mean
 * @throws UsageError when it is not clear, or an output gets more or fewer columns than it predicts numbers
 */
export function targetsOf(
  given: readonly string[],
  outputs: readonly PredictedOutput[],
  unread: readonly string[] = [],
): readonly NamedTarget[] {
  const targets = given.flatMap((text) => columnsFor(text, outputs));
  return outputs.flatMap((output) => {
    const own = targets.filter(({ output: name }) => name === output.name);
    if (own.length > 0) checkNumber(own, output, outputs.length === 1, unread);
    return inTrainedOrder(own, output);
  });
}

function columnsFor(text: string, outputs: readonly PredictedOutput[]): readonly NamedTarget[] {
  const only = outputs.length === 1 ? outputs[0] : undefined;
  if (only) return [{ output: only.name, column: text }];
  const trained = outputs.find(({ columns }) => hasColumn(columns, text));
  if (trained) return [{ output: trained.name, column: text }];
  const whole = outputs.find(({ name }) => name === text);
  if (whole) {
    const columns = whole.columns.length > 0 ? whole.columns : [text];
    return columns.map((column) => ({ output: whole.name, column }));
  }
  const at = text.indexOf('=');
  const named = outputs.find(({ name }) => at > 0 && name === text.slice(0, at));
  if (named) return [{ output: named.name, column: text.slice(at + 1) }];
  const names = outputs.map(({ name, columns }) =>
    columns.length > 0 ? `${name} (${columns.join(', ')})` : name,
  );
  throw new UsageError(
    `--target ${text}: the model has several outputs, ${names.join(', ')}, and the file does not say that one was trained on this column; say which it is for: --target OUTPUT=COLUMN.`,
  );
}

function checkNumber(
  own: readonly NamedTarget[],
  { name, columns, numbers }: PredictedOutput,
  isOnly: boolean,
  unread: readonly string[],
): void {
  const output = isOnly ? 'the model' : `the output ${name}`;
  const twice = own.find(({ column }, at) => own.findIndex((other) => other.column === column) !== at);
  if (twice && numbers > 1) {
    throw new UsageError(`--target: the column ${twice.column} is given twice for ${output}.`);
  }
  if (own.length === numbers) return;
  if (numbers === 1) {
    const given = `--target is given ${own.length === 2 ? 'twice' : `${own.length} times`}`;
    if (!isOnly) throw new UsageError(`${given} for ${output}.`);
    if (unread.length === 0) throw new UsageError(`${given}, and the model has one output.`);
    throw new UsageError(
      `${given}, and only the first output of the model is looked at: the file does not say what ${unread.join(', ')} ${unread.length === 1 ? 'means' : 'mean'}. Files of several outputs that ${command('export')} writes say it.`,
    );
  }
  const which = columns.length > 0 ? ` (${columns.join(', ')})` : '';
  throw new UsageError(
    `--target: ${output} predicts ${numbers} numbers of a row${which}, and ${own.length} ${own.length === 1 ? 'column is' : 'columns are'} named: name the column of each, in their order, with a --target of its own, or leave --target out.`,
  );
}

/** Columns that the model was trained on are compared each with its own number, in whatever order they were named. */
function inTrainedOrder(own: readonly NamedTarget[], { columns }: PredictedOutput): readonly NamedTarget[] {
  if (!own.every(({ column }) => hasColumn(columns, column))) return own;
  const order = columns.map(columnName);
  const place = ({ column }: NamedTarget) => order.indexOf(columnName(column));
  return [...own].sort((a, b) => place(a) - place(b));
}

function hasColumn(columns: readonly string[], wanted: string): boolean {
  return columns.some((column) => columnName(column) === columnName(wanted));
}
