import { DATA_TYPES, FLOAT_TYPES } from '../../onnx/data-types.ts';
import type { AttributeValue, Graph, Model, ValueInfo } from '../../onnx/model.ts';
import { StoredTensor } from '../../onnx/stored-tensor.ts';
import type { DataType, Tensor } from '../../onnx/tensor.ts';

/** Attributes that name an element type by its code (TensorProto.DataType). */
const TYPE_ATTRIBUTES: ReadonlySet<string> = new Set(['to', 'dtype', 'output_datatype', 'stash_type']);

/**
 * The same model with every float16, bfloat16 and float64 tensor, cast and input in float32: what training computes in.
 *
 * @returns the model itself when it has no other float type; and how many weights were converted, by type
 */
export function toFloat32(model: Model): {
  readonly model: Model;
  readonly converted: ReadonlyMap<DataType, number>;
} {
  const converted = new Map<DataType, number>();
  const graph = convertGraph(model.graph, converted);
  return { model: { ...model, graph }, converted };
}

function convertGraph(graph: Graph, converted: Map<DataType, number>): Graph {
  const info = (value: ValueInfo): ValueInfo => (isOther(value.type) ? { ...value, type: 'float32' } : value);
  return {
    ...graph,
    inputs: graph.inputs.map(info),
    outputs: graph.outputs.map(info),
    initializers: new Map(
      [...graph.initializers].map(([name, tensor]) => {
        if (isOther(tensor.type)) converted.set(tensor.type, (converted.get(tensor.type) ?? 0) + 1);
        return [name, asFloat32(tensor)];
      }),
    ),
    nodes: graph.nodes.map((node) => {
      const attributes = Object.entries(node.attributes).map(
        ([name, value]) => [name, convertAttribute(name, value, converted)] as const,
      );
      return { ...node, attributes: Object.fromEntries(attributes) };
    }),
  };
}

function convertAttribute(
  name: string,
  attribute: AttributeValue,
  converted: Map<DataType, number>,
): AttributeValue {
  if (attribute.kind === 'graph') return { kind: 'graph', value: convertGraph(attribute.value, converted) };
  if (attribute.kind === 'tensor') return { kind: 'tensor', value: asFloat32(attribute.value) };
  if (attribute.kind === 'int' && TYPE_ATTRIBUTES.has(name)) {
    const others = ['float64', 'float16', 'bfloat16'] as const;
    const isOtherCode = others.some((type) => DATA_TYPES[type].code === attribute.value);
    return isOtherCode ? { kind: 'int', value: DATA_TYPES.float32.code } : attribute;
  }
  return attribute;
}

function isOther(type: DataType): boolean {
  return type !== 'float32' && FLOAT_TYPES.has(type);
}

/** A float tensor of any width as float32; others as they are. float64 is rounded to nearest. */
export function asFloat32(tensor: Tensor): Tensor {
  if (!isOther(tensor.type)) return tensor;
  if (tensor instanceof StoredTensor) {
    const { type, dims, read } = tensor;
    return new StoredTensor('float32', dims, (start, count, hashed) =>
      converted({ type, dims: [count], data: read(start, count, hashed) }),
    );
  }
  return { type: 'float32', dims: tensor.dims, data: converted(tensor) };
}

function converted({ type, data }: Tensor): Float32Array {
  if (type === 'float64') return Float32Array.from(data as Float64Array);
  if (type === 'float16') return Float32Array.from(data as Uint16Array, fromHalf);
  const bits = Uint32Array.from(data as Uint16Array, (half) => half << 16);
  return new Float32Array(bits.buffer);
}

/** IEEE 754 binary16. */
function fromHalf(bits: number): number {
  const sign = bits & 0x8000 ? -1 : 1;
  const exponent = (bits >> 10) & 0x1f;
  const fraction = bits & 0x3ff;
  if (exponent === 0) return sign * fraction * 2 ** -24;
  if (exponent === 31) return fraction ? Number.NaN : sign * Number.POSITIVE_INFINITY;
  return sign * (1 + fraction / 1024) * 2 ** (exponent - 15);
}
