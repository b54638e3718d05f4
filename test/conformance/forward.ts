import type { Model } from '../../shared/onnx/model.ts';
import type { Tensor } from '../../shared/onnx/tensor.ts';
import type { Case, DataSet } from './cases.ts';
import { numbersOf } from './floats.ts';
import { type Runtime, runOnce } from './sessions.ts';

/** Values by name: an input that the test leaves out has none. */
export function feedsOf(test: Case, data: DataSet): Record<string, Tensor> {
  return Object.fromEntries(
    data.inputs.flatMap((tensor, k) => (test.inputs[k] ? [[test.inputs[k], tensor]] : [])),
  );
}

/** What differs between a model's outputs and the stored ones; undefined where nothing does. */
export async function forwardProblem(
  model: Model | Uint8Array,
  test: Case,
  data: DataSet,
  runtime: Runtime = 'cpu',
): Promise<string | undefined> {
  const results = await runOnce(model, feedsOf(test, data), runtime);
  for (const [k, expected] of data.outputs.entries()) {
    const name = test.outputs[k] as string;
    const actual = results[name];
    if (actual === undefined) return `output ${name} is not there`;
    const problem = differenceOf(actual, expected);
    if (problem !== undefined) return `output ${name} ${problem}`;
  }
  return undefined;
}

/** Relative and absolute tolerance of the specification's own test runner, wider for 16 bits. */
function differenceOf(actual: Tensor, expected: Tensor): string | undefined {
  if (actual.dims.join() !== expected.dims.join()) {
    return `is [${actual.dims.join(', ')}], stored is [${expected.dims.join(', ')}]`;
  }
  if (Array.isArray(expected.data)) {
    return expected.data.every((text, k) => text === (actual.data as string[])[k]) ? undefined : 'differs';
  }
  const relative = expected.type === 'float16' ? 1e-2 : 1e-3;
  const values = numbersOf(actual);
  const bad = numbersOf(expected).findIndex((value, k) => {
    const other = values[k] as number;
    if (Object.is(value, other) || value === other) return false;
    return !(Math.abs(value - other) <= relative * Math.abs(value) + 1e-5);
  });
  return bad < 0 ? undefined : `is ${values[bad]} at ${bad}, stored is ${numbersOf(expected)[bad]}`;
}
