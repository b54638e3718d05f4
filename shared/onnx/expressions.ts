import type { Attributes, GraphBuilder } from './builder.ts';
import type { Dim, ValueType } from './model.ts';
import type { DataType, Tensor } from './tensor.ts';

/** A value of the graph, or a number that becomes a scalar constant of the other operand's type. */
export type Operand = string | number;

const FOLD: Readonly<Record<string, (a: number, b: number) => number>> = {
  Add: (a, b) => a + b,
  Sub: (a, b) => a - b,
  Mul: (a, b) => a * b,
  Div: (a, b) => a / b,
};

/**
 * Appends nodes so that a rule reads like its formula. Uses only operators that run on every target (no Sign,
 * Sum, Round, ConstantOfShape: WebGPU lacks them), folds arithmetic of scalar constants, and skips an Expand
 * whose consumer would broadcast anyway.
 */
export class Expressions {
  readonly builder: GraphBuilder;
  /** Names of the nodes: `<scope>/<Operator>`. */
  readonly scope: string;
  readonly #expanded: Map<string, string>;

  /** @param expanded what Expand nodes of this walk broadcast: output to input. */
  constructor(builder: GraphBuilder, scope: string, expanded: Map<string, string> = new Map()) {
    this.builder = builder;
    this.scope = scope;
    this.#expanded = expanded;
  }

  typeOf(value: string): ValueType {
    return this.builder.typeOf(value);
  }

  dimsOf(value: string): readonly Dim[] {
    return this.builder.typeOf(value).dims;
  }

  op(op: string, inputs: readonly string[], attributes: Attributes = {}): string {
    return this.builder.op(op, inputs, attributes, `${this.scope}/${op}`);
  }

  /** A node with several outputs. */
  multi(op: string, inputs: readonly string[], outputs: number, attributes: Attributes = {}): string[] {
    return this.builder.node(op, inputs, attributes, { outputs, name: `${this.scope}/${op}` });
  }

  constant(tensor: Tensor): string {
    return this.builder.constant(tensor);
  }

  ints(values: readonly number[]): string {
    return this.builder.ints(values);
  }

  scalar(value: number, type: DataType): string {
    return this.builder.scalar(value, type);
  }

  add(a: Operand, b: Operand): string {
    return this.#arithmetic('Add', a, b);
  }
  sub(a: Operand, b: Operand): string {
    return this.#arithmetic('Sub', a, b);
  }
  mul(a: Operand, b: Operand): string {
    return this.#arithmetic('Mul', a, b);
  }
  div(a: Operand, b: Operand): string {
    return this.#arithmetic('Div', a, b);
  }
  pow(a: string, b: Operand): string {
    return this.#arithmetic('Pow', a, b);
  }
  neg(a: string): string {
    return this.#scalarOf(a) === undefined ? this.op('Neg', [a]) : this.mul(a, -1);
  }
  square(a: string): string {
    return this.op('Mul', [a, a]);
  }
  exp(a: string): string {
    return this.op('Exp', [a]);
  }
  log(a: string): string {
    return this.op('Log', [a]);
  }
  sqrt(a: string): string {
    return this.op('Sqrt', [a]);
  }
  abs(a: string): string {
    return this.op('Abs', [a]);
  }
  sigmoid(a: string): string {
    return this.op('Sigmoid', [a]);
  }
  greater(a: Operand, b: Operand): string {
    return this.#binary('Greater', a, b);
  }
  less(a: Operand, b: Operand): string {
    return this.#binary('Less', a, b);
  }
  equal(a: Operand, b: Operand): string {
    return this.#binary('Equal', a, b);
  }

  /** `condition ? a : b`, elementwise; at least one of a and b is a value. */
  where(condition: string, a: Operand, b: Operand): string {
    const [left, right] = this.#operands(a, b);
    return this.op('Where', [condition, this.#lean(left, right), this.#lean(right, left)]);
  }

  cast(value: string, type: DataType): string {
    return this.typeOf(value).type === type ? value : this.op('Cast', [value], { to: type });
  }

  transpose(value: string, permutation: readonly number[]): string {
    return permutation.every((axis, k) => axis === k)
      ? value
      : this.op('Transpose', [value], { perm: permutation });
  }

  /** Sums over axes, float16 in float32; over none is the value itself. */
  sum(value: string, axes: readonly number[], keepdims: boolean): string {
    if (axes.length === 0) return value;
    const { type } = this.typeOf(value);
    // Of many numbers of one size the last ones would be rounded away: 2048 + 1 is 2048.
    const exact = type === 'float16' ? this.cast(value, 'float32') : value;
    return this.cast(this.op('ReduceSum', [exact, this.ints(axes)], { keepdims: keepdims ? 1 : 0 }), type);
  }

  mean(value: string, axes: readonly number[]): string {
    return this.op('ReduceMean', [value, this.ints(axes)], { keepdims: 1 });
  }

  slice(
    value: string,
    starts: readonly number[],
    ends: readonly number[],
    axes: readonly number[],
    steps?: readonly number[],
  ): string {
    const inputs = [value, this.ints(starts), this.ints(ends), this.ints(axes)];
    return this.op('Slice', steps?.some((s) => s !== 1) ? [...inputs, this.ints(steps)] : inputs);
  }

  /** Zeros (or `fill`) around, by ONNX's `pads`: all begins, then all ends; negative ones crop. */
  pad(value: string, pads: readonly number[], fill?: number): string {
    if (pads.every((p) => p === 0)) return value;
    const inputs = [value, this.ints(pads)];
    return this.op(
      'Pad',
      fill === undefined ? inputs : [...inputs, this.scalar(fill, this.typeOf(value).type)],
    );
  }

  concat(values: readonly string[], axis: number): string {
    return values.length === 1 ? (values[0] as string) : this.op('Concat', values, { axis });
  }

  unsqueeze(value: string, axes: readonly number[]): string {
    return axes.length === 0 ? value : this.op('Unsqueeze', [value, this.ints(axes)]);
  }

  /** To a list of dimensions; at most one may be -1. */
  reshape(value: string, dims: readonly number[]): string {
    return sameDims(this.dimsOf(value), dims) ? value : this.op('Reshape', [value, this.ints(dims)]);
  }

  /** To the shape of another value with as many elements. */
  reshapeLike(value: string, like: string): string {
    const dims = this.dimsOf(like);
    if (sameDims(this.dimsOf(value), dims)) return value;
    const known = withOneFree(dims);
    return this.op('Reshape', [value, known === undefined ? this.shape(like) : this.ints(known)]);
  }

  /** The shape of a value as int64 data: a constant where it is known. */
  shape(value: string): string {
    const dims = this.dimsOf(value);
    return dims.every((dim) => typeof dim === 'number') ? this.ints(dims) : this.op('Shape', [value]);
  }

  /** One dimension of a value as int64 [1]. */
  dim(value: string, axis: number): string {
    const dim = this.dimsOf(value)[axis];
    if (typeof dim === 'number') return this.ints([dim]);
    return this.op('Shape', [value], { start: axis, end: axis + 1 });
  }

  /** A tensor of the shape of `like`, with one value everywhere. */
  fillLike(like: string, value: number): string {
    return this.expandLike(this.scalar(value, this.typeOf(like).type), like);
  }

  /** Broadcasts to the shape of `like`. */
  expandLike(value: string, like: string): string {
    const from = this.dimsOf(value);
    const to = this.dimsOf(like);
    if (sameDims(from, to)) return value;
    // A dimension of 1 in Expand's shape keeps the input's own: no Shape node for a batch that is already there.
    const offset = to.length - from.length;
    const shape = to.map((dim, k) => (dim === from[k - offset] ? 1 : dim));
    const known = shape.every((dim) => typeof dim === 'number');
    const result = this.op('Expand', [value, known ? this.ints(shape) : this.shape(like)]);
    this.#expanded.set(result, value);
    return result;
  }

  /** The number of elements along axes, as a scalar of a type: a constant where it is known. */
  count(value: string, axes: readonly number[], type: DataType): Operand {
    const dims = this.dimsOf(value);
    const sizes = axes.map((axis) => dims[axis]);
    if (sizes.every((dim) => typeof dim === 'number')) return sizes.reduce((a, b) => a * b, 1);
    const shape = this.op('Gather', [this.op('Shape', [value]), this.ints(axes)]);
    return this.op('ReduceProd', [this.cast(shape, type)], { keepdims: 0 });
  }

  #arithmetic(op: string, a: Operand, b: Operand): string {
    const [left, right] = this.#operands(a, b);
    const x = this.#scalarOf(left);
    const y = this.#scalarOf(right);
    const fold = FOLD[op];
    if (fold !== undefined && x !== undefined && y !== undefined) {
      return this.scalar(fold(x, y), this.typeOf(left).type);
    }
    if (y === 1 && (op === 'Mul' || op === 'Div' || op === 'Pow')) return left;
    if (x === 1 && op === 'Mul') return right;
    if (x === -1 && op === 'Mul') return this.op('Neg', [right]);
    if (y === -1 && op === 'Mul') return this.op('Neg', [left]);
    return this.op(op, [this.#lean(left, right), this.#lean(right, left)]);
  }

  #binary(op: string, a: Operand, b: Operand): string {
    return this.op(op, this.#operands(a, b));
  }

  #operands(a: Operand, b: Operand): [string, string] {
    if (typeof a === 'string') {
      return [a, typeof b === 'string' ? b : this.scalar(b, this.typeOf(a).type)];
    }
    if (typeof b === 'number') throw new Error(`Two numbers (${a}, ${b}) make no node in ${this.scope}.`);
    return [this.scalar(a, this.typeOf(b).type), b];
  }

  /** What an Expand was made of, where the other operand has the full shape already. */
  #lean(value: string, other: string): string {
    const source = this.#expanded.get(value);
    return source !== undefined &&
      sameDims(this.dimsOf(value), this.dimsOf(other)) &&
      !this.#expanded.has(other)
      ? source
      : value;
  }

  #scalarOf(value: string): number | undefined {
    if (this.dimsOf(value).length > 0) return undefined;
    // An initializer may be a weight that is differentiated later: not folded.
    if (this.builder.producer(value)?.op !== 'Constant') return undefined;
    const tensor = this.builder.isConstant(value);
    return tensor?.type === 'float32' || tensor?.type === 'float64'
      ? (tensor.data as Float32Array)[0]
      : undefined;
  }
}

export function sameDims(a: readonly Dim[], b: readonly Dim[]): boolean {
  return a.length === b.length && a.every((dim, k) => dim === b[k]);
}

/** Dims with at most one symbol written as -1; undefined when there are more. */
export function withOneFree(dims: readonly Dim[]): number[] | undefined {
  const symbols = dims.filter((dim) => typeof dim === 'string').length;
  if (symbols > 1 || (symbols === 1 && dims.includes(0))) return undefined;
  return dims.map((dim) => (typeof dim === 'number' ? dim : -1));
}
