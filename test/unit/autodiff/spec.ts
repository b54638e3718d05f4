import type { Attributes } from '../../../shared/onnx/builder.ts';
import { GraphBuilder } from '../../../shared/onnx/builder.ts';
import type { Model, ValueInfo } from '../../../shared/onnx/model.ts';
import { type DataType, sizeOf, type Tensor, type TensorMap } from '../../../shared/onnx/tensor.ts';

/** One input of an operator under test. */
export interface InputSpec {
  readonly dims: readonly number[];
  /** Values are drawn uniformly from here. Default [-1, 1]. */
  readonly range?: readonly [number, number];
  /** These values instead. */
  readonly values?: readonly number[];
  /** Distinct, evenly spread values in random order, so that no maximum is nearly tied. */
  readonly distinct?: boolean;
  /** No value nearer to any of these than 0.05 (kinks of the operator). */
  readonly avoid?: readonly number[];
  /** Default: the float type of the check. Others are never differentiated. */
  readonly type?: DataType;
  /** A Constant node instead of a graph input; not differentiated. Default: true for int64 and bool. */
  readonly constant?: boolean;
  /** Not differentiated although it is a float graph input. */
  readonly fixed?: boolean;
  /** An optional input that is left out. */
  readonly absent?: boolean;
}

/** One way to use an operator, and how its gradient is checked. */
export interface Spec {
  readonly op: string;
  /** What this row is about, beside the operator. */
  readonly about?: string;
  readonly attributes?: Attributes;
  readonly inputs: readonly InputSpec[];
  /** How many outputs the node has (1), and which of them the loss reads ([0]). */
  readonly outputs?: number;
  readonly used?: readonly number[];
  /** The shape of the (first) output, where it is not known before the node runs. */
  readonly result?: readonly number[];
  /** The first axis of every differentiated input becomes the symbol 'batch'. */
  readonly batch?: boolean;
  /**
   * 'float64': a central difference in float64, where ONNX Runtime's CPU provider has the double kernels.
   * 'oracle': float64 values of PyTorch, stored beside the script that made them.
   * 'float32': a central difference in float32, where neither is to be had.
   * 'zero': the gradient is structurally zero.
   * 'rounded': the operator rounds and its gradient is straight-through: a test of its own says which numbers come out.
   */
  readonly check: 'float64' | 'oracle' | 'float32' | 'zero' | 'rounded';
  /** Which stored set an oracle's values are in: `cases-<set>.json`, `values-<set>.json`. Default 'core'. */
  readonly set?: string;
  /** Differentiated twice as well (float64). */
  readonly twice?: boolean;
  /** Cannot run on onnxruntime-web's wasm provider; the reason. */
  readonly notOnWasm?: string;
}

export function nameOf(spec: Spec): string {
  return spec.about === undefined ? spec.op : `${spec.op}: ${spec.about}`;
}

export function isDifferentiated(input: InputSpec): boolean {
  return !input.absent && !input.fixed && input.type === undefined && !input.constant;
}

function isConstantInput(input: InputSpec): boolean {
  return input.constant ?? /^(u?int|bool)/.test(input.type ?? '');
}

/** The linear congruential generator of Numerical Recipes, the same in oracle.py. */
export function uniform(seed: number): () => number {
  let state = (seed * 2654435761) >>> 0;
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 4294967296;
  };
}

function seedOf(text: string): number {
  let hash = 7;
  for (const character of text) hash = (Math.imul(hash, 31) + character.charCodeAt(0)) >>> 0;
  return hash;
}

/** The values of an input, all exact in float32. */
export function valuesOf(spec: Spec, index: number): number[] {
  const input = spec.inputs[index] as InputSpec;
  if (input.values !== undefined) return [...input.values];
  const count = sizeOf(input.dims);
  const next = uniform(seedOf(`${nameOf(spec)}#${index}`) + 1);
  const [low, high] = input.range ?? [-1, 1];
  if (input.distinct) {
    const order = Array.from({ length: count }, (_, k) => k);
    for (let k = count - 1; k > 0; k--) {
      const other = Math.floor(next() * (k + 1));
      [order[k], order[other]] = [order[other] as number, order[k] as number];
    }
    return order.map((rank) => Math.fround(low + ((rank + 0.5) / count) * (high - low)));
  }
  const draw = (): number => {
    const value = Math.fround(low + next() * (high - low));
    return input.avoid?.some((kink) => Math.abs(value - kink) < 0.05) ? draw() : value;
  };
  return Array.from({ length: count }, draw);
}

export function tensorOf(type: DataType, dims: readonly number[], values: readonly number[]): Tensor {
  switch (type) {
    case 'float64':
      return { type, dims, data: Float64Array.from(values) };
    case 'int64':
      return { type, dims, data: BigInt64Array.from(values, BigInt) };
    case 'int8':
      return { type, dims, data: Int8Array.from(values) };
    case 'int32':
      return { type, dims, data: Int32Array.from(values) };
    case 'bool':
    case 'uint8':
      return { type, dims, data: Uint8Array.from(values) };
    default:
      return { type: 'float32', dims, data: Float32Array.from(values) };
  }
}

export function inputName(index: number): string {
  return `input${index}`;
}

/** The names of the inputs to differentiate with respect to. */
export function wantedOf(spec: Spec): string[] {
  return spec.inputs.flatMap((input, k) => (isDifferentiated(input) ? [inputName(k)] : []));
}

/**
 * The operator, and a scalar output `loss`: the sum of its used outputs, each element weighted by a fixed random
 * number (the graph inputs `weight<k>`), so that no two elements are alike.
 */
export function modelOf(
  spec: Spec,
  type: 'float32' | 'float64' = 'float32',
  { batch = false }: { batch?: boolean } = {},
): Model {
  const builder = new GraphBuilder();
  const inputs = spec.inputs.map((input, k) => {
    if (input.absent) return '';
    const name = inputName(k);
    const kind = input.type ?? type;
    if (isConstantInput(input)) return builder.constant(tensorOf(kind, input.dims, valuesOf(spec, k)), name);
    const dims =
      batch && input.dims.length > 1 && isBatched(spec, k) ? ['batch', ...input.dims.slice(1)] : input.dims;
    return builder.input(name, kind, dims);
  });
  const outputs = Array.from({ length: spec.outputs ?? 1 }, (_, k) => `output${k}`);
  builder.node(spec.op, inputs, spec.attributes, { name: 'node', outputs });
  const terms = (spec.used ?? [0]).map((k) => {
    const output = outputs[k] as string;
    const dims = spec.result ?? builder.typeOf(output).dims;
    const value = builder.typeOf(output).type === type ? output : builder.op('Cast', [output], { to: type });
    const weight = builder.input(`weight${k}`, type, dims);
    const all = builder.ints(dims.map((_, axis) => axis));
    const product = builder.op('Mul', [value, weight]);
    return dims.length === 0 ? product : builder.op('ReduceSum', [product, all], { keepdims: 0 });
  });
  const loss = terms.reduce((sum, term) => builder.op('Add', [sum, term]));
  builder.output(loss, 'loss');
  return builder.build();
}

/** Which inputs carry the batch: those whose first axis is as long as the first input's. */
function isBatched(spec: Spec, index: number): boolean {
  return index === 0 || (spec.inputs[index]?.dims.length ?? 0) === (spec.inputs[0]?.dims.length ?? 0);
}

/** What to feed `modelOf`, but the weights of the loss. */
export function feedsOf(spec: Spec, type: 'float32' | 'float64' = 'float32'): Record<string, Tensor> {
  return Object.fromEntries(
    spec.inputs.flatMap((input, k) =>
      input.absent || isConstantInput(input)
        ? []
        : [[inputName(k), tensorOf(input.type ?? type, input.dims, valuesOf(spec, k))] as const],
    ),
  );
}

/** Everything that `modelOf` reads, the weights of its loss too. */
export function allFeedsOf(spec: Spec, type: 'float32' | 'float64' = 'float32'): TensorMap {
  const weights = modelOf(spec, type).graph.inputs.filter(({ name }) => name.startsWith('weight'));
  return { ...feedsOf(spec, type), ...weightsOf(spec, weights, type) };
}

function weightsOf(spec: Spec, inputs: readonly ValueInfo[], type: 'float32' | 'float64'): TensorMap {
  return Object.fromEntries(
    inputs.map(({ name, dims }) => {
      const shape = dims as readonly number[];
      const next = uniform(seedOf(`${nameOf(spec)}#${name}`) + 1);
      const values = Array.from({ length: sizeOf(shape) }, () => Math.fround(next() * 2 - 1));
      return [name, tensorOf(type, shape, values)];
    }),
  );
}
