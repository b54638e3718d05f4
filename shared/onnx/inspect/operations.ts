import type { Node, ValueType } from '../model.ts';
import { elementsOf } from './sizes.ts';

type Types = readonly (ValueType | undefined)[];

/** What a node computes. */
export interface Operations {
  /** Of products of matrices, convolutions and recurrent cells. */
  readonly multiplyAdds: number;
  /** All: multiply-adds, and one for each element that is read or given by another operator. */
  readonly all: number;
}

type Count = (node: Node, inputs: Types, outputs: Types) => number;

const size = (type: ValueType | undefined): number => (type ? elementsOf(type) : 0);
const dim = (type: ValueType | undefined, axis: number): number => {
  const value = type?.dims.at(axis);
  return typeof value === 'number' ? value : 1;
};
const integers = (node: Node, name: string): readonly number[] => {
  const value = node.attributes[name];
  return value?.kind === 'ints' ? value.value : [];
};
const integer = (node: Node, name: string, otherwise: number): number => {
  const value = node.attributes[name];
  return value?.kind === 'int' ? value.value : otherwise;
};
const product = (values: readonly number[]): number => values.reduce((a, b) => a * b, 1);

/** Each element of the output is a sum over a row of the first input. */
const matrix: Count = (_, [a], [y]) => size(y) * dim(a, -1);

/** A [M, K] or, transposed, [K, M]. */
const gemm: Count = (node, [a], [y]) => size(y) * dim(a, integer(node, 'transA', 0) === 1 ? 0 : 1);

/** W [out, in / groups, …kernel]: each element of the output is a sum over inputs and kernel. */
const convolution: Count = (_, [, w], [y]) => (size(y) * size(w)) / Math.max(1, dim(w, 0));

/** W [in, out / groups, …kernel]: each element of the input is spread over outputs and kernel. */
const transposed: Count = (_, [x, w]) => (size(x) * size(w)) / Math.max(1, dim(w, 0));

/** X [time, batch, in], W [directions, gates, in], R [directions, gates, hidden]: both, at every step. */
const recurrent: Count = (_, [x, w, r]) => dim(x, 0) * dim(x, 1) * (size(w) + size(r));

const PRODUCTS: Readonly<Record<string, Count>> = {
  MatMul: matrix,
  Gemm: gemm,
  Conv: convolution,
  ConvTranspose: transposed,
  RNN: recurrent,
  GRU: recurrent,
  LSTM: recurrent,
};

const window: Count = (node, _, [y]) => size(y) * product(integers(node, 'kernel_shape'));
const corners =
  (most: number): Count =>
  (_, [x], [y]) =>
    size(y) * most ** Math.max(0, (x?.dims.length ?? 2) - 2);

/** How often each output looks at an input, where that is more than once. */
const OTHERS: Readonly<Record<string, Count>> = {
  AveragePool: window,
  LpPool: window,
  MaxPool: window,
  LRN: (node, _, [y]) => size(y) * integer(node, 'size', 1),
  Det: (_, [x]) => size(x) * dim(x, -1),
  GridSample: corners(4),
  Resize: corners(4),
  RoiAlign: (node, [x], [y]) => {
    const ratio = integer(node, 'sampling_ratio', 0);
    // 0 samples as often as the region is larger than the output.
    return size(y) * (ratio > 0 ? ratio ** 2 : dim(x, -1) * dim(x, -2)) * 4;
  },
  TopK: (_, [x]) => size(x) * Math.ceil(Math.log2(dim(x, -1) + 2)),
};

/** The operations of one node whose sizes are known. */
export function operationsOf(node: Node, inputs: Types, outputs: Types): Operations {
  const multiplyAdds = PRODUCTS[node.op]?.(node, inputs, outputs) ?? 0;
  if (node.op === 'Constant') return { multiplyAdds: 0, all: 0 };
  const elements = Math.max(
    inputs.reduce((sum, type) => sum + size(type), 0),
    outputs.reduce((sum, type) => sum + size(type), 0),
  );
  const all = multiplyAdds + Math.max(elements, OTHERS[node.op]?.(node, inputs, outputs) ?? 0);
  return { multiplyAdds, all };
}
