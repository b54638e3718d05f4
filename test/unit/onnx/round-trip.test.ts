import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { bytesPerElement, DATA_TYPES } from '../../../shared/onnx/data-types.ts';
import { onnx } from '../../../shared/onnx/gen/onnx.js';
import type { AttributeValue, Graph, Model, Node, ValueInfo } from '../../../shared/onnx/model.ts';
import { UNKNOWN_DIMS } from '../../../shared/onnx/model.ts';
import { readModel } from '../../../shared/onnx/read.ts';
import type { DataType, Tensor, TensorData } from '../../../shared/onnx/tensor.ts';
import { sizeOf } from '../../../shared/onnx/tensor.ts';
import { readTensor } from '../../../shared/onnx/tensor-proto.ts';
import { writeModel } from '../../../shared/onnx/write.ts';

const types = Object.keys(DATA_TYPES) as DataType[];
const name = fc.string({ minLength: 1, maxLength: 6 });
const shape = fc.array(fc.integer({ min: 0, max: 4 }), { maxLength: 3 });

const tensor: fc.Arbitrary<Tensor> = fc.tuple(fc.constantFrom(...types), shape).chain(([type, dims]) => {
  const size = sizeOf(dims);
  const { array } = DATA_TYPES[type];
  if (!array) {
    return fc
      .array(fc.string({ unit: 'grapheme' }), { minLength: size, maxLength: size })
      .map((data): Tensor => ({ type, dims, data }));
  }
  const length = size * bytesPerElement(type);
  return fc.uint8Array({ minLength: length, maxLength: length }).map((bytes): Tensor => {
    const values = type === 'bool' ? bytes.map((byte) => byte & 1) : bytes;
    return { type, dims, data: new array(Uint8Array.from(values).buffer) as TensorData };
  });
});

const int = fc.maxSafeInteger();
const float = fc.float({ noNaN: true });
const text = fc.string({ unit: 'grapheme' });
const attribute: fc.Arbitrary<AttributeValue> = fc.oneof(
  int.map((value) => ({ kind: 'int', value }) as const),
  float.map((value) => ({ kind: 'float', value }) as const),
  text.map((value) => ({ kind: 'string', value }) as const),
  fc.array(int).map((value) => ({ kind: 'ints', value }) as const),
  fc.array(float).map((value) => ({ kind: 'floats', value }) as const),
  fc.array(text).map((value) => ({ kind: 'strings', value }) as const),
  tensor.map((value) => ({ kind: 'tensor', value }) as const),
);

const node: fc.Arbitrary<Omit<Node, 'name'>> = fc.record({
  op: name,
  domain: fc.constantFrom('', 'com.microsoft'),
  inputs: fc.array(fc.string({ maxLength: 3 })),
  outputs: fc.array(fc.string({ maxLength: 3 })),
  attributes: fc.dictionary(name, attribute, { maxKeys: 3, noNullPrototype: true }),
});

const dims = fc.array(fc.oneof(fc.integer({ min: 0, max: 2 ** 40 }), fc.constantFrom('batch', '64*batch')));
const valueInfo: fc.Arbitrary<ValueInfo> = fc.record({ name, type: fc.constantFrom(...types), dims });

const graph: fc.Arbitrary<Graph> = fc
  .record({
    name: text,
    nodes: fc.array(node).map((nodes) => nodes.map((one, i) => ({ ...one, name: `n${i}` }))),
    inputs: fc.array(valueInfo),
    outputs: fc.array(valueInfo),
    initializers: fc
      .uniqueArray(fc.tuple(name, tensor), { selector: ([key]) => key })
      .map((pairs) => new Map(pairs)),
  })
  .map((g) => ({ ...g, inputs: g.inputs.filter((input) => !g.initializers.has(input.name)) }));

const model: fc.Arbitrary<Model> = fc.record({
  irVersion: fc.integer({ min: 4, max: 12 }),
  opsets: fc.constant({ '': 20, 'com.microsoft': 1 }),
  producer: fc.string().map((producer) => producer.trim()),
  graph: fc.oneof(
    graph,
    fc.tuple(graph, graph).map(([outer, body]) => ({
      ...outer,
      nodes: [
        ...outer.nodes,
        {
          name: 'if',
          op: 'If',
          domain: '',
          inputs: ['c'],
          outputs: ['y'],
          attributes: { then_branch: { kind: 'graph', value: body } as const },
        },
      ],
    })),
  ),
  metadata: fc.dictionary(name, text, { noNullPrototype: true }),
});

describe('writing and reading', () => {
  test('gives the same model back', () => {
    fc.assert(
      fc.property(model, (original) => {
        expect(readModel(writeModel(original))).toEqual(original);
      }),
    );
  });

  test('the same model gives the same bytes', () => {
    fc.assert(
      fc.property(model, (original) => {
        expect(writeModel(original)).toEqual(writeModel(readModel(writeModel(original))));
      }),
      { numRuns: 30 },
    );
  });

  test('a tensor that is a view of a larger buffer writes its own elements only', () => {
    const data = Float32Array.from([1, 2, 3, 4]).subarray(1, 3);
    const written = writeModel(withInitializer({ type: 'float32', dims: [2], data }));
    expect(readModel(written).graph.initializers.get('w')?.data).toEqual(Float32Array.from([2, 3]));
  });

  test('a tensor whose elements do not fill its shape is not written', () => {
    expect(() =>
      writeModel(withInitializer({ type: 'float32', dims: [3], data: new Float32Array(2) })),
    ).toThrow('tensor "w": shape [3] needs 3 elements, it has 2');
    expect(() =>
      writeModel(withInitializer({ type: 'float64', dims: [2], data: new Float32Array(2) })),
    ).toThrow('Float32Array does not hold float64');
  });
});

function withInitializer(w: Tensor): Model {
  const inner: Graph = { name: 'g', nodes: [], inputs: [], outputs: [], initializers: new Map([['w', w]]) };
  return { irVersion: 9, opsets: { '': 20 }, producer: '', graph: inner, metadata: {} };
}

describe('typed fields, which other writers use instead of raw_data', () => {
  const big = 2n ** 63n - 1n;
  const half = 0x3c00; // 1.0
  const cases: [onnx.TensorProto.$Properties, TensorData][] = [
    [{ dataType: 1, floatData: [0.5, -1] }, Float32Array.from([0.5, -1])],
    [{ dataType: 11, doubleData: [0.1, -1] }, Float64Array.from([0.1, -1])],
    [{ dataType: 6, int32Data: [-5, 7] }, Int32Array.from([-5, 7])],
    [{ dataType: 5, int32Data: [-5, 7] }, Int16Array.from([-5, 7])],
    [{ dataType: 3, int32Data: [-5, 7] }, Int8Array.from([-5, 7])],
    [{ dataType: 4, int32Data: [5, 65535] }, Uint16Array.from([5, 65535])],
    [{ dataType: 2, int32Data: [5, 255] }, Uint8Array.from([5, 255])],
    [{ dataType: 9, int32Data: [0, 1] }, Uint8Array.from([0, 1])],
    [{ dataType: 10, int32Data: [half, 0x8000] }, Uint16Array.from([half, 0x8000])],
    [{ dataType: 16, int32Data: [0x3f80, 0] }, Uint16Array.from([0x3f80, 0])],
    [{ dataType: 12, uint64Data: [5, 4294967295] }, Uint32Array.from([5, 4294967295])],
    [{ dataType: 8, stringData: [Uint8Array.of(0xc3, 0xa9), Uint8Array.of()] }, ['é', '']],
  ];
  test.each(cases)('%j', (proto, data) => {
    const bytes = onnx.TensorProto.encode({ ...proto, dims: [2] }).finish();
    expect(readTensor(onnx.TensorProto.decode(bytes), 'w').data).toEqual(data);
  });

  test('int64 and uint64 are exact beyond 2^53', () => {
    const write = (values: Iterable<bigint>, unsigned: boolean) =>
      [...values].map((value) => ({
        low: Number(BigInt.asIntN(32, value)),
        high: Number(BigInt.asIntN(32, value >> 32n)),
        unsigned,
      }));
    const int64Data = write([big, -big, 1n], false) as unknown as number[];
    const signed = onnx.TensorProto.encode({ dataType: 7, dims: [3], int64Data }).finish();
    expect(readTensor(onnx.TensorProto.decode(signed), 'w').data).toEqual(
      BigInt64Array.from([big, -big, 1n]),
    );
    const uint64Data = write([2n ** 64n - 1n], true) as unknown as number[];
    const unsigned = onnx.TensorProto.encode({ dataType: 13, dims: [1], uint64Data }).finish();
    expect(readTensor(onnx.TensorProto.decode(unsigned), 'w').data).toEqual(
      BigUint64Array.from([2n ** 64n - 1n]),
    );
  });

  test('whole numbers of a Constant are exact beyond 2^53, as in Slice to the end', () => {
    const largest = { low: -1, high: 0x7fffffff, unsigned: false } as unknown as number;
    const constant = (output: string, attribute: object) => ({
      ...{ opType: 'Constant', output: [output] },
      attribute: [attribute],
    });
    const node = [
      constant('ends', { name: 'value_ints', type: 7, ints: [1, largest] }),
      constant('end', { name: 'value_int', type: 2, i: largest }),
      constant('small', { name: 'value_ints', type: 7, ints: [1, 2] }),
    ];
    const bytes = onnx.ModelProto.encode({ opsetImport: [{ version: 20 }], graph: { node } }).finish();
    const [ends, end, small] = readModel(bytes).graph.nodes.map(({ attributes }) => attributes);
    const most = 2n ** 63n - 1n;
    const tensor = (dims: number[], data: bigint[]) => ({
      ...{ kind: 'tensor', value: { type: 'int64', dims, data: BigInt64Array.from(data) } },
    });
    expect(ends).toEqual({ value: tensor([2], [1n, most]) });
    expect(end).toEqual({ value: tensor([], [most]) });
    expect(small).toEqual({ value_ints: { kind: 'ints', value: [1, 2] } });
  });

  test('a value without a shape is told from a scalar', () => {
    const y = { name: 'y', type: { tensorType: { elemType: 1 } } };
    const bytes = onnx.ModelProto.encode({ opsetImport: [{ version: 20 }], graph: { output: [y] } }).finish();
    const read = readModel(bytes);
    expect(read.graph.outputs[0]?.dims).toBe(UNKNOWN_DIMS);
    expect(readModel(writeModel(read)).graph.outputs[0]?.dims).toBe(UNKNOWN_DIMS);
  });
});
