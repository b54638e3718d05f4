import type { DataType, Tensor } from './tensor.ts';

/**
 * A dimension: a number, or a symbol with a factor. `batch` is written `'batch'`; what a Flatten makes of
 * `[batch, 64]` is `'64*batch'`. Two dimensions are equal if they are `===`.
 */
export type Dim = number | string;

/** Whether two shapes can be one: as many dimensions, and no two numbers that differ. */
export function sameShape(a: readonly Dim[], b: readonly Dim[]): boolean {
  const differ = (x: Dim, y: Dim | undefined) => typeof x === 'number' && typeof y === 'number' && x !== y;
  return a.length === b.length && !a.some((dim, axis) => differ(dim, b[axis]));
}

export interface ValueType {
  readonly type: DataType;
  readonly dims: readonly Dim[];
}

export interface ValueInfo extends ValueType {
  readonly name: string;
}

/**
 * The dims of an output, or of an input of a body, whose shape the file does not say: compare by identity.
 * Inference says the real one.
 */
export const UNKNOWN_DIMS: readonly Dim[] = Object.freeze([]);

/** An attribute's value. Integers are numbers (ONNX int64), a `Graph` is the body of If, Loop or Scan. */
export type AttributeValue =
  | { readonly kind: 'int'; readonly value: number }
  | { readonly kind: 'float'; readonly value: number }
  | { readonly kind: 'string'; readonly value: string }
  | { readonly kind: 'ints'; readonly value: readonly number[] }
  | { readonly kind: 'floats'; readonly value: readonly number[] }
  | { readonly kind: 'strings'; readonly value: readonly string[] }
  | { readonly kind: 'tensor'; readonly value: Tensor }
  | { readonly kind: 'graph'; readonly value: Graph };

export interface Node {
  readonly name: string;
  readonly op: string;
  /** '' is ai.onnx. */
  readonly domain: string;
  /** '' marks an optional input that is absent. */
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
  readonly attributes: Readonly<Record<string, AttributeValue>>;
}

export interface Graph {
  readonly name: string;
  readonly nodes: readonly Node[];
  readonly inputs: readonly ValueInfo[];
  readonly outputs: readonly ValueInfo[];
  /** Weights: what training changes, and what an exporter stored. Our own constants are `Constant` nodes. */
  readonly initializers: ReadonlyMap<string, Tensor>;
}

export interface Model {
  readonly irVersion: number;
  /** Domain ('' is ai.onnx) to version. */
  readonly opsets: Readonly<Record<string, number>>;
  readonly producer: string;
  readonly graph: Graph;
  readonly metadata: Readonly<Record<string, string>>;
}

/** The one opset that everything inside works in; import upgrades to it. */
export const INTERNAL_OPSET = 20;
/** The IR version that goes with it. */
export const INTERNAL_IR_VERSION = 9;
