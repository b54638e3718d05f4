import type { AttributeValue, Model, Node, ValueInfo } from '../../shared/onnx/model.ts';
import type { DataType, Tensor } from '../../shared/onnx/tensor.ts';

export type Precision = 'float32' | 'float64';

export function isFloat(type: DataType): boolean {
  return type === 'float32' || type === 'float64' || type === 'float16';
}

/** The numbers of a tensor; of float16 too. */
export function numbersOf({ type, data }: Tensor): number[] {
  if (type === 'float16') return Array.from(data as Uint16Array, halfToNumber);
  return Array.from(data as ArrayLike<number>, Number);
}

export function floatTensor(type: Precision, dims: readonly number[], values: ArrayLike<number>): Tensor {
  return type === 'float64'
    ? { type, dims, data: Float64Array.from(values) }
    : { type, dims, data: Float32Array.from(values) };
}

/** IEEE 754 binary16. */
function halfToNumber(bits: number): number {
  const sign = bits & 0x8000 ? -1 : 1;
  const exponent = (bits >> 10) & 0x1f;
  const fraction = bits & 0x3ff;
  if (exponent === 0) return sign * fraction * 2 ** -24;
  if (exponent === 31) return fraction === 0 ? sign * Number.POSITIVE_INFINITY : Number.NaN;
  return sign * (1 + fraction / 1024) * 2 ** (exponent - 15);
}

/** The model with every floating point type in it another one: the same function, exact or not. */
export function inPrecision(model: Model, type: Precision): Model {
  const { graph } = model;
  const info = (value: ValueInfo): ValueInfo => (isFloat(value.type) ? { ...value, type } : value);
  return {
    ...model,
    graph: {
      ...graph,
      inputs: graph.inputs.map(info),
      outputs: graph.outputs.map(info),
      initializers: new Map([...graph.initializers].map(([name, tensor]) => [name, convert(tensor, type)])),
      nodes: graph.nodes.map((node) => nodeIn(node, type)),
    },
  };
}

export function convert(tensor: Tensor, type: Precision): Tensor {
  return isFloat(tensor.type) ? floatTensor(type, tensor.dims, numbersOf(tensor)) : tensor;
}

const CODES: Readonly<Record<Precision, number>> = { float32: 1, float64: 11 };
const FLOAT_CODES = [1, 10, 11];

function nodeIn(node: Node, type: Precision): Node {
  const attributes: Record<string, AttributeValue> = {};
  for (const [name, value] of Object.entries(node.attributes)) {
    const isType = (node.op === 'Cast' && name === 'to') || name === 'dtype' || name === 'stash_type';
    if (value.kind === 'tensor') attributes[name] = { kind: 'tensor', value: convert(value.value, type) };
    else if (isType && value.kind === 'int' && FLOAT_CODES.includes(value.value)) {
      attributes[name] = { kind: 'int', value: name === 'stash_type' ? 1 : CODES[type] };
    } else if (name === 'value_float' && value.kind === 'float') {
      attributes['value'] = { kind: 'tensor', value: floatTensor(type, [], [value.value]) };
    } else if (name === 'value_floats' && value.kind === 'floats') {
      attributes['value'] = { kind: 'tensor', value: floatTensor(type, [value.value.length], value.value) };
    } else attributes[name] = value;
  }
  if (node.op === 'ConstantOfShape' && attributes['value'] === undefined) {
    attributes['value'] = { kind: 'tensor', value: floatTensor(type, [1], [0]) };
  }
  return { ...node, attributes };
}
