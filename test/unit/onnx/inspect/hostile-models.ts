import { onnx } from '../../../../shared/onnx/gen/onnx.js';

/** Models that are made to harm, as bytes: with the decoder's own writer, or by hand where it refuses. */

export type GraphProto = onnx.GraphProto.$Properties;
export type NodeProto = onnx.NodeProto.$Properties;
export type TensorProto = onnx.TensorProto.$Properties;

export const encode = (graph: GraphProto, more: onnx.ModelProto.$Properties = {}): Uint8Array =>
  onnx.ModelProto.encode({ irVersion: 9, opsetImport: [{ version: 20 }], graph, ...more }).finish();

export const value = (name: string, dims: readonly (number | string)[], elemType = 1) => ({
  name,
  type: {
    tensorType: {
      elemType,
      shape: { dim: dims.map((dim) => (typeof dim === 'number' ? { dimValue: dim } : { dimParam: dim })) },
    },
  },
});

export const ints = (name: string, values: readonly number[], dims = [values.length]): TensorProto => ({
  name,
  dataType: 7,
  dims,
  rawData: new Uint8Array(BigInt64Array.from(values, BigInt).buffer),
});

export const floats = (name: string, values: readonly number[], dims = [values.length]): TensorProto => ({
  name,
  dataType: 1,
  dims,
  rawData: new Uint8Array(Float32Array.from(values).buffer),
});

export const node = (
  opType: string,
  input: readonly string[],
  output: readonly string[] = ['y'],
  more: NodeProto = {},
): NodeProto => ({ opType, name: 'bomb', input: [...input], output: [...output], ...more });

/** x [batch, 4] to y, with constants that stand before the nodes. */
export const graph = (nodes: readonly NodeProto[], initializer: readonly TensorProto[] = []): GraphProto => ({
  name: 'g',
  input: [value('x', ['batch', 4])],
  output: [{ name: 'y' }],
  node: [...nodes],
  initializer: [...initializer],
});

export const intAttribute = (name: string, i: number) => ({ name, type: 2, i });
export const bodyAttribute = (name: string, g: GraphProto) => ({ name, type: 5, g });

/** A message inside a field, by hand. */
export function wrap(field: number, inner: Uint8Array): Uint8Array {
  const varint = (value: number): number[] =>
    value < 128 ? [value] : [(value & 127) | 128, ...varint(value >>> 7)];
  return Uint8Array.from([...varint((field << 3) | 2), ...varint(inner.length), ...inner]);
}

/** f0 calls f1 twice, f1 calls f2 twice, …: 2^levels nodes. */
export function laughs(levels: number): Uint8Array {
  const functions = Array.from({ length: levels }, (_, k) => ({
    name: `f${k}`,
    domain: 'own',
    input: ['a'],
    output: ['c'],
    opsetImport: [{ version: 20 }],
    node:
      k === levels - 1
        ? [{ opType: 'Neg', input: ['a'], output: ['c'] }]
        : ['b', 'c'].map((output, i) => ({
            opType: `f${k + 1}`,
            domain: 'own',
            input: [i === 0 ? 'a' : 'b'],
            output: [output],
          })),
  }));
  return encode(graph([node('f0', ['x'], ['y'], { domain: 'own' })]), {
    functions,
    opsetImport: [{ version: 20 }, { domain: 'own', version: 1 }],
  });
}
