import type { Node, ValueType } from '../model.ts';
import { elementsOf } from './sizes.ts';

/** What the gradient of a node needs beside the values that the forward graph shows, in elements. */
export interface Kept {
  /** From the forward part of a step to the backward part. */
  readonly values: number;
  /** While its gradient is computed. */
  readonly scratch: number;
}

type Types = readonly (ValueType | undefined)[];

const size = (type: ValueType | undefined): number => (type ? elementsOf(type) : 0);
const dim = (type: ValueType | undefined, axis: number): number => {
  const value = type?.dims.at(axis);
  return typeof value === 'number' ? Math.max(1, value) : 1;
};

/** Lowerings write the window of each position as a column: inputs times kernel at every output. */
function columns([x, w]: Types, [y]: Types): Kept {
  const kernel = size(w) / (dim(w, 0) * dim(w, 1));
  return { values: 0, scratch: 2 * (size(y) / dim(y, 1)) * dim(x, 1) * kernel };
}

/** The same with input and output in each other's place. */
function transposedColumns([x, w]: Types, [y]: Types): Kept {
  return columns([y, w], [x]);
}

/** Written out step by step: the projected input, gates before and after their activation, the products of states. */
function cells([x, w]: Types): Kept {
  const values = 4 * dim(x, 0) * dim(x, 1) * dim(w, 0) * dim(w, 1);
  return { values, scratch: 0 };
}

/** Centred and scaled input, which a batch that is measured gives beside the output. */
function centred(_: Types, [y]: Types): Kept {
  return { values: 2 * size(y), scratch: 2 * size(y) };
}

const KEPT: Readonly<Record<string, (inputs: Types, outputs: Types) => Kept>> = {
  BatchNormalization: centred,
  Conv: columns,
  ConvTranspose: transposedColumns,
  GRU: cells,
  LSTM: cells,
  RNN: cells,
};

const NOTHING: Kept = { values: 0, scratch: 0 };

export function keptBy(node: Node, inputs: Types, outputs: Types): Kept {
  return KEPT[node.op]?.(inputs, outputs) ?? NOTHING;
}
