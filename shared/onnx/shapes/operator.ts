import { unknownDim } from '../dims.ts';
import { ModelError } from '../errors.ts';
import type { AttributeValue, Dim, Node, ValueType } from '../model.ts';
import type { DataType, Tensor } from '../tensor.ts';

export type AttributeKind = AttributeValue['kind'];
export type PlainAttribute = number | string | readonly number[] | readonly string[];

export interface AttributeSpec {
  readonly kind: AttributeKind;
  readonly required: boolean;
  readonly default: PlainAttribute | undefined;
}

/** The values of a small tensor that inference follows: numbers, or symbols such as a batch size. */
export interface Known {
  readonly dims: readonly number[];
  readonly values: readonly Dim[];
}

/** One row of the table: what an operator of ai.onnx (at the internal opset) takes, and the types it gives. */
export interface Operator {
  readonly name: string;
  /** Fewest and most inputs; trailing optional ones may be left out, those in the middle are ''. */
  readonly inputs: readonly [least: number, most: number];
  readonly outputs: readonly [least: number, most: number];
  readonly attributes: Readonly<Record<string, AttributeSpec>>;
  readonly infer: (context: InferenceContext) => readonly ValueType[];
}

export const spec =
  (kind: AttributeKind) =>
  (value?: PlainAttribute): AttributeSpec => ({ kind, required: false, default: value });

/** Attribute kinds, with their default: `int(1)`; without one the attribute is optional. */
export const int = spec('int');
export const float = spec('float');
export const string = spec('string');
export const ints = spec('ints');
export const floats = spec('floats');
export const strings = spec('strings');
export const tensor = spec('tensor');
export const required = (attribute: AttributeSpec): AttributeSpec => ({ ...attribute, required: true });

type Count = number | readonly [least: number, most: number];
const range = (count: Count): readonly [number, number] =>
  typeof count === 'number' ? [count, count] : count;

export const VARIADIC: readonly [number, number] = [1, Number.POSITIVE_INFINITY];

/** A row. `inputs` and `outputs` are counts, or least and most. */
export function operator(
  name: string,
  inputs: Count,
  infer: Operator['infer'],
  options: { outputs?: Count; attributes?: Readonly<Record<string, AttributeSpec>> } = {},
): Operator {
  return {
    name,
    inputs: range(inputs),
    outputs: range(options.outputs ?? 1),
    attributes: options.attributes ?? {},
    infer,
  };
}

/** What a rule sees of one node. Attributes come with the table's defaults. */
export class InferenceContext {
  readonly node: Node;
  readonly operator: Operator;
  readonly inputs: readonly (ValueType | undefined)[];
  readonly #known: (input: string) => Known | undefined;

  constructor(
    node: Node,
    row: Operator,
    inputs: readonly (ValueType | undefined)[],
    known: (input: string) => Known | undefined,
  ) {
    this.node = node;
    this.operator = row;
    this.inputs = inputs;
    this.#known = known;
  }

  /** @throws ModelError that names the node and its input types */
  fail(message: string): never {
    throw new ModelError(message);
  }

  has(index: number): boolean {
    return this.inputs[index] !== undefined;
  }

  input(index: number): ValueType {
    return this.inputs[index] ?? this.fail(`input ${index} is missing`);
  }

  type(index: number): DataType {
    return this.input(index).type;
  }

  dims(index: number): readonly Dim[] {
    return this.input(index).dims;
  }

  dim(index: number, axis: number): Dim {
    return this.dims(index)[axis] ?? this.fail(`input ${index} has no dimension ${axis}`);
  }

  known(index: number): Known | undefined {
    const name = this.node.inputs[index];
    return name ? this.#known(name) : undefined;
  }

  /** The known values of an input if they are all numbers. */
  numbers(index: number): readonly number[] | undefined {
    const values = this.known(index)?.values;
    return values?.every((value) => typeof value === 'number') ? (values as readonly number[]) : undefined;
  }

  /** The output's dimension that only the data decides. */
  unknown(axis: number, output = 0): Dim {
    return unknownDim(this.node.outputs[output] || this.node.name, axis);
  }

  /** An axis in [-rank, rank) as one in [0, rank). */
  axis(value: number, rank: number): number {
    if (!Number.isInteger(value) || value < -rank || value >= rank) {
      this.fail(`axis ${value} is outside of a shape with ${rank} dimensions`);
    }
    return value < 0 ? value + rank : value;
  }

  int(name: string): number {
    return this.#value(name, 'number') as number;
  }

  float(name: string): number {
    return this.#value(name, 'number') as number;
  }

  string(name: string): string {
    return this.#value(name, 'string') as string;
  }

  ints(name: string): readonly number[] | undefined {
    return this.optional(name) as readonly number[] | undefined;
  }

  /** An attribute's plain value, the table's default, or undefined. */
  optional(name: string): PlainAttribute | Tensor | undefined {
    const attribute = this.node.attributes[name];
    if (attribute === undefined) return this.operator.attributes[name]?.default;
    if (attribute.kind === 'graph') return undefined;
    return attribute.value;
  }

  #value(name: string, type: 'number' | 'string'): unknown {
    const value = this.optional(name);
    if (typeof value !== type) this.fail(`attribute ${name} is missing`);
    return value;
  }
}
