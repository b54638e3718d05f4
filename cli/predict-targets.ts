import { UsageError } from './errors.ts';
import type { PredictedOutput } from './predict-model.ts';

/**
 * Which column holds the true answers of which output. A column is that of the output which was trained on it; of another
 * name it is said: OUTPUT=COLUMN.
 *
 * @throws UsageError when it is not clear, or two columns are for one output
 */
export function targetsOf(
  given: readonly string[],
  outputs: readonly PredictedOutput[],
): readonly { readonly output: string; readonly column: string }[] {
  const only = outputs.length === 1 ? outputs[0] : undefined;
  const targets = given.map((text) => {
    if (only) return { output: only.name, column: text };
    const trained = outputs.find(({ column, name }) => column === text || name === text);
    if (trained) return { output: trained.name, column: trained.column ?? text };
    const at = text.indexOf('=');
    const named = outputs.find(({ name }) => at > 0 && name === text.slice(0, at));
    if (named) return { output: named.name, column: text.slice(at + 1) };
    const names = outputs.map(({ name }) => name).join(', ');
    throw new UsageError(
      `--target ${text}: the model has several outputs, ${names}, and was trained on no such column; say which it is for: --target OUTPUT=COLUMN.`,
    );
  });
  const twice = targets.find(
    ({ output }, at) => targets.findIndex((other) => other.output === output) !== at,
  );
  if (twice) {
    throw new UsageError(
      only
        ? '--target is given twice, and the model has one output.'
        : `--target is given twice for the output ${twice.output}.`,
    );
  }
  return targets;
}
