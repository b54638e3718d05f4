import type { Dim, Model, ValueInfo } from '../shared/onnx/model.ts';
import {
  type DataType,
  sizeOf,
  type Tensor,
  type TensorData,
  type TensorMap,
} from '../shared/onnx/tensor.ts';
import { type Computation, EngineError, gradientName } from './engine.ts';

/** What a run is checked against before the runtime sees it: an engine's own messages rarely name the tensor. */
export interface Signature {
  readonly graph: string;
  readonly inputs: ReadonlyMap<string, ValueInfo>;
  readonly outputs: ReadonlyMap<string, ValueInfo>;
}

/**
 * The inputs and outputs of a computation: the graph's outputs in order, then the gradients, each of the type
 * of its input.
 *
 * @throws EngineError when the value to differentiate is no output, or a name to differentiate by is no input.
 */
export function signatureOf({ model, gradients }: Computation): Signature {
  const inputs = new Map(model.graph.inputs.map((info) => [info.name, info]));
  const outputs = new Map(model.graph.outputs.map((info) => [info.name, info]));
  if (gradients) {
    if (!outputs.has(gradients.of)) {
      throw new EngineError(
        `${where(model)}: cannot differentiate "${gradients.of}", it is no output; outputs: ${list(outputs)}.`,
      );
    }
    for (const name of gradients.withRespectTo) {
      const info = inputs.get(name);
      if (!info) {
        throw new EngineError(
          `${where(model)}: cannot differentiate with respect to "${name}", it is no input; inputs: ${list(inputs)}.`,
        );
      }
      outputs.set(gradientName(name), { ...info, name: gradientName(name) });
    }
  }
  return { graph: where(model), inputs, outputs };
}

/**
 * Checks feeds and results against a signature. Symbolic dimensions are bound by the feeds, and must agree among
 * feeds and results.
 *
 * @throws EngineError that lists everything that does not fit, with names.
 */
export function checkRun(signature: Signature, feeds: TensorMap, results: TensorMap): void {
  const problems: string[] = [];
  const symbols = new Map<string, { size: number; from: string }>();
  for (const [name, info] of signature.inputs) {
    const feed = feeds[name];
    if (feed) checkTensor(`input "${name}"`, info, feed, symbols, problems);
    else problems.push(`input "${name}" (${describe(info)}) is missing`);
  }
  for (const name of Object.keys(feeds)) {
    if (!signature.inputs.has(name))
      problems.push(`there is no input "${name}"; inputs: ${list(signature.inputs)}`);
  }
  for (const [name, result] of Object.entries(results)) {
    const info = signature.outputs.get(name);
    if (info) checkTensor(`output "${name}"`, info, result, symbols, problems);
    else problems.push(`there is no output "${name}"; outputs: ${list(signature.outputs)}`);
  }
  if (problems.length > 0) throw new EngineError(`Cannot run ${signature.graph}: ${problems.join('; ')}.`);
}

function checkTensor(
  what: string,
  info: ValueInfo,
  tensor: Tensor,
  symbols: Map<string, { size: number; from: string }>,
  problems: string[],
): void {
  if (tensor.type !== info.type) {
    problems.push(`${what} is ${describe(tensor)}, expected ${describe(info)}`);
    return;
  }
  if (!holds(tensor.type, tensor.data)) {
    problems.push(`${what} is ${tensor.type}, which a ${tensor.data.constructor.name} does not hold`);
    return;
  }
  if (tensor.data.length !== sizeOf(tensor.dims)) {
    problems.push(`${what} has ${tensor.data.length} elements for shape [${tensor.dims.join(', ')}]`);
    return;
  }
  if (tensor.dims.length !== info.dims.length) {
    problems.push(`${what} is ${describe(tensor)}, expected ${describe(info)}`);
    return;
  }
  for (const [axis, size] of tensor.dims.entries()) {
    const expected = bind(info.dims[axis]!, size, what, symbols);
    if (expected !== undefined) {
      problems.push(`${what} is ${describe(tensor)}, expected ${describe(info)} with ${expected}`);
      return;
    }
  }
}

/** Binds a symbolic dimension (`batch`, `64*batch`); says what was expected where `size` does not fit. */
function bind(
  dim: Dim,
  size: number,
  from: string,
  symbols: Map<string, { size: number; from: string }>,
): string | undefined {
  if (typeof dim === 'number') return dim === size ? undefined : `${dim} in place of ${size}`;
  const [, digits, symbol] = /^(?:(\d+)\*)?([^*]+)$/.exec(dim) ?? [];
  // A symbol that inference could not express as a multiple of another one says nothing about its size.
  if (symbol === undefined) return undefined;
  const factor = digits === undefined ? 1 : Number(digits);
  const bound = symbols.get(symbol);
  if (bound)
    return size === factor * bound.size ? undefined : `${symbol} = ${bound.size} (from ${bound.from})`;
  if (size % factor !== 0) return `${dim}, a multiple of ${factor}`;
  symbols.set(symbol, { size: size / factor, from });
  return undefined;
}

const arrays: Readonly<Record<Exclude<DataType, 'string'>, { readonly name: string }>> = {
  float32: Float32Array,
  float64: Float64Array,
  float16: Uint16Array,
  bfloat16: Uint16Array,
  int8: Int8Array,
  uint8: Uint8Array,
  int16: Int16Array,
  uint16: Uint16Array,
  int32: Int32Array,
  uint32: Uint32Array,
  int64: BigInt64Array,
  uint64: BigUint64Array,
  bool: Uint8Array,
};

function holds(type: DataType, data: TensorData): boolean {
  if (type === 'string') return Array.isArray(data);
  return data.constructor.name === arrays[type].name;
}

function describe(value: { readonly type: DataType; readonly dims: readonly Dim[] }): string {
  return `${value.type}[${value.dims.join(', ')}]`;
}

function list(names: ReadonlyMap<string, unknown>): string {
  return names.size === 0 ? 'none' : [...names.keys()].join(', ');
}

function where(model: Model): string {
  return `graph "${model.graph.name}"`;
}
