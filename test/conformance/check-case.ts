import { MissingGradientError } from '../../shared/autodiff/errors.ts';
import { importModel } from '../../shared/onnx/import.ts';
import type { Model } from '../../shared/onnx/model.ts';
import type { Tensor } from '../../shared/onnx/tensor.ts';
import { type Case, type DataSet, readData, withConstants } from './cases.ts';
import { isFloat } from './floats.ts';
import { feedsOf, forwardProblem } from './forward.ts';
import { checkGradient, type GradientResult } from './gradient.ts';
import { HELD, RANDOM, SINGLE_INSIDE, UNDERSTOOD } from './held.ts';
import { type Outcome, reasonOf } from './outcome.ts';

/** Imports the test's model, compares its outputs with the stored ones, then its gradient with differences. */
export async function checkCase(test: Case, options: { wasm: boolean }): Promise<Outcome> {
  const outcome = await checked(test, options);
  if (outcome.kind !== 'disagrees') return outcome;
  const known = UNDERSTOOD.find(
    ({ name, fault }) => name.test(test.name) && fault.test(outcome.reason ?? ''),
  );
  return known ? { kind: 'not covered', reason: known.reason } : outcome;
}

async function checked(test: Case, options: { wasm: boolean }): Promise<Outcome> {
  if (RANDOM.has(test.operator)) return { kind: 'not covered', reason: 'random numbers come out' };
  if (test.others) return { kind: 'not covered', reason: 'sequences, optionals or maps go in or come out' };
  let sets: DataSet[];
  try {
    sets = readData(test);
  } catch (error) {
    return { kind: 'not covered', reason: `its values are not tensors that are read: ${reasonOf(error)}` };
  }
  const data = sets[0];
  if (data === undefined) return { kind: 'not covered', reason: 'it has no stored values' };
  const imported = importedOf(test, data);
  if ('reason' in imported) return { kind: 'not covered', reason: imported.reason };
  const { model, constants } = imported;
  const forward = await forwardOf(model, test, constants ? [data] : sets);
  if (forward !== undefined) return forward;
  const wasm = options.wasm ? { wasm: await wasmOf(model, test, data) } : {};
  return { ...(await gradientOf(test, data, model, constants)), ...wasm };
}

interface Imported {
  readonly model: Model;
  /** Integers that the test feeds are stored in the model, as real models have them. */
  readonly constants: boolean;
}

function importedOf(test: Case, data: DataSet): Imported | { reason: string } {
  try {
    return { model: importModel(test.bytes), constants: false };
  } catch (first) {
    try {
      return { model: withStored(test, data), constants: true };
    } catch {
      return { reason: reasonOf(first) };
    }
  }
}

/** Inputs that are indices or settings, stored in the model. */
function withStored(test: Case, data: DataSet): Model {
  const held = HELD[test.operator] ?? [];
  const values = new Map<string, Tensor>();
  data.inputs.forEach((tensor, k) => {
    const name = test.inputs[k];
    if (name && (!isFloat(tensor.type) || held.includes(k))) values.set(name, tensor);
  });
  return importModel(withConstants(test.bytes, values));
}

/** What is wrong with the outputs; undefined where they agree. */
async function forwardOf(model: Model, test: Case, sets: readonly DataSet[]): Promise<Outcome | undefined> {
  for (const data of sets) {
    const problem = await forwardProblem(model, test, data).catch((error: unknown) => reasonOf(error));
    if (problem === undefined) continue;
    const asItIs = await forwardProblem(test.bytes, test, data).catch((error: unknown) => reasonOf(error));
    if (asItIs === undefined) return { kind: 'disagrees', reason: `after import ${problem}` };
    return { kind: 'not covered', reason: `ONNX Runtime itself: ${asItIs}` };
  }
  return undefined;
}

async function wasmOf(model: Model, test: Case, data: DataSet): Promise<Outcome['wasm']> {
  try {
    return (await forwardProblem(model, test, data, 'wasm')) === undefined ? 'agrees' : 'disagrees';
  } catch {
    return 'does not run';
  }
}

async function gradientOf(test: Case, data: DataSet, model: Model, constants: boolean): Promise<Outcome> {
  const feeds = feedsOf(test, data);
  const outputs = new Map(
    data.outputs.flatMap((tensor, k) =>
      isFloat(tensor.type) && tensor.data.length > 0 ? [[test.outputs[k] as string, tensor] as const] : [],
    ),
  );
  if (outputs.size === 0) return { kind: 'no gradient', reason: 'no floating point comes out' };
  const held = (HELD[test.operator] ?? []).map((k) => test.inputs[k]);
  const wanted = model.graph.inputs
    .filter(({ name, type }) => isFloat(type) && feeds[name] !== undefined && !held.includes(name))
    .map(({ name }) => name);
  if (wanted.length === 0) return { kind: 'no gradient', reason: 'no floating point goes in' };
  // Settings must be constants; other integers may be fed, as a rule has it.
  const asFed = held.some((name) => name && feeds[name]) || constants ? undefined : model;
  let first: Attempt | undefined;
  if (asFed !== undefined) {
    first = await attempt(asFed, feeds, wanted, outputs);
    if (first.result !== undefined && first.result.problem === undefined) return agreed(first, false);
  }
  let stored: Model;
  try {
    stored = constants ? model : withStored(test, data);
  } catch (error) {
    return { kind: 'forward only', reason: reasonOf(error) };
  }
  const second = await attempt(stored, feeds, wanted, outputs);
  if (second.result !== undefined && second.result.problem === undefined) return agreed(second, true);
  const { result, error, single } = second;
  if (error instanceof MissingGradientError) return { kind: 'forward only', reason: reasonOf(error) };
  return { kind: 'disagrees', reason: result?.problem ?? reasonOf(error), single };
}

interface Attempt {
  readonly result?: GradientResult;
  readonly error?: unknown;
  readonly single: boolean;
}

function agreed({ result, single }: Attempt, constants: boolean): Outcome {
  return { kind: result?.zero ? 'zero gradient' : 'agrees', single, constants };
}

/** In float64, or in float32 where ONNX Runtime has no double kernel for an operator. */
async function attempt(
  model: Model,
  feeds: Readonly<Record<string, Tensor>>,
  wanted: readonly string[],
  outputs: ReadonlyMap<string, Tensor>,
): Promise<Attempt> {
  const inputs = new Set(model.graph.inputs.map(({ name }) => name));
  const values = Object.fromEntries(Object.entries(feeds).filter(([name]) => inputs.has(name)));
  const asked = wanted.filter((name) => inputs.has(name));
  const single = model.graph.nodes.some(({ op }) => SINGLE_INSIDE.has(op));
  try {
    if (!single) {
      return { result: await checkGradient(model, values, asked, outputs, 'float64'), single: false };
    }
  } catch (error) {
    if (error instanceof MissingGradientError) return { error, single: false };
  }
  try {
    return { result: await checkGradient(model, values, asked, outputs, 'float32'), single: true };
  } catch (error) {
    return { error, single: true };
  }
}
