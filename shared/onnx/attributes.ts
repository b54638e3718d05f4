import { DATA_TYPES } from './data-types.ts';
import { ModelError } from './errors.ts';
import type { AttributeValue, Node } from './model.ts';
import type { AttributeKind, PlainAttribute } from './shapes/operator.ts';
import { OPERATORS } from './shapes/registry.ts';
import type { DataType, Tensor } from './tensor.ts';

/** Attributes as plain JavaScript values; the operator's row says whether a number is an int or a float. */
export type Attributes = Readonly<
  Record<string, number | string | boolean | readonly number[] | readonly string[] | AttributeValue | Tensor>
>;

/**
 * An attribute of a node, or the default of its operator; undefined if it has neither.
 * `attribute(node, 'alpha')` of a LeakyRelu without one is 0.01.
 */
export function attribute(node: Node, name: string): PlainAttribute | Tensor | undefined {
  const given = node.attributes[name];
  if (given && given.kind !== 'graph') return given.value;
  return node.domain === '' ? OPERATORS.get(node.op)?.attributes[name]?.default : undefined;
}

/** A number attribute, with the operator's default. @throws ModelError if it has neither */
export function numberAttribute(node: Node, name: string): number {
  const value = attribute(node, name);
  if (typeof value !== 'number') throw new ModelError(`node ${node.name} (${node.op}) has no number ${name}`);
  return value;
}

export function stringAttribute(node: Node, name: string): string {
  const value = attribute(node, name);
  if (typeof value !== 'string') throw new ModelError(`node ${node.name} (${node.op}) has no string ${name}`);
  return value;
}

/** A list of integers, or undefined where neither node nor operator says one. */
export function intsAttribute(node: Node, name: string): readonly number[] | undefined {
  return attribute(node, name) as readonly number[] | undefined;
}

/** @throws ModelError on a name or a kind that the operator's row does not have */
export function toAttributeValues(
  op: string,
  domain: string,
  attributes: Attributes,
): Record<string, AttributeValue> {
  const row = domain === '' ? OPERATORS.get(op) : undefined;
  const result: Record<string, AttributeValue> = {};
  for (const [name, value] of Object.entries(attributes)) {
    if (value === undefined) continue;
    const expected = row?.attributes[name]?.kind;
    if (row && expected === undefined) {
      const names = Object.keys(row.attributes).join(', ') || 'none';
      throw new ModelError(`${op} has no attribute ${JSON.stringify(name)}; it has: ${names}`);
    }
    const converted = toAttributeValue(value, expected);
    if (expected !== undefined && converted.kind !== expected) {
      throw new ModelError(`attribute ${name} of ${op} is ${converted.kind}; it must be ${expected}`);
    }
    result[name] = converted;
  }
  return result;
}

function toAttributeValue(value: Attributes[string], expected: AttributeKind | undefined): AttributeValue {
  if (typeof value === 'boolean') return { kind: 'int', value: value ? 1 : 0 };
  if (typeof value === 'number') {
    const isFloat = expected === undefined ? !Number.isInteger(value) : expected === 'float';
    // A file holds 32 bits: the same number in memory as after reading it back.
    return isFloat ? { kind: 'float', value: Math.fround(value) } : { kind: 'int', value };
  }
  // Cast's `to` may be given as the type's name.
  if (typeof value === 'string' && expected === 'int' && value in DATA_TYPES) {
    return { kind: 'int', value: DATA_TYPES[value as DataType].code };
  }
  if (typeof value === 'string') return { kind: 'string', value };
  if (Array.isArray(value)) {
    const list = value as readonly number[] | readonly string[];
    if (expected === 'strings' || typeof list[0] === 'string')
      return { kind: 'strings', value: list as string[] };
    const isFloats =
      expected === undefined ? list.some((item) => !Number.isInteger(item)) : expected === 'floats';
    const numbers = list as readonly number[];
    return isFloats
      ? { kind: 'floats', value: numbers.map(Math.fround) }
      : { kind: 'ints', value: [...numbers] };
  }
  if ('kind' in (value as object)) return value as AttributeValue;
  return { kind: 'tensor', value: value as Tensor };
}
