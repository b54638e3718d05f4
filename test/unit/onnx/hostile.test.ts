import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { checkModel } from '../../../shared/onnx/check.ts';
import { ModelError, OnnxFormatError } from '../../../shared/onnx/errors.ts';
import { onnx } from '../../../shared/onnx/gen/onnx.js';
import { importModel } from '../../../shared/onnx/import.ts';
import { readModel } from '../../../shared/onnx/read.ts';

const read = (name: string) =>
  new Uint8Array(readFileSync(new URL(`../../data/onnx/${name}.onnx`, import.meta.url)));
const valid = read('pytorch-cnn');

type Graph = onnx.GraphProto.$Properties;
const encode = (graph: Graph, more: onnx.ModelProto.$Properties = {}): Uint8Array =>
  onnx.ModelProto.encode({ irVersion: 9, opsetImport: [{ version: 20 }], graph, ...more }).finish();
const tensorType = (...dims: (number | string)[]): onnx.TypeProto.$Properties => ({
  tensorType: {
    elemType: 1,
    shape: { dim: dims.map((dim) => (typeof dim === 'number' ? { dimValue: dim } : { dimParam: dim })) },
  },
});
const initializer = (tensor: onnx.TensorProto.$Properties) =>
  encode({ initializer: [{ name: 'w', ...tensor }] });

/** Reading, inlining, upgrading, expanding and checking end in a model or in one of our errors, whatever the bytes are. */
function survives(bytes: Uint8Array): void {
  try {
    importModel(bytes, { limits: { bytes: 2 ** 20, objects: 100_000 }, mostNodes: 5000 });
  } catch (error) {
    if (!(error instanceof OnnxFormatError || error instanceof ModelError)) throw error;
  }
}

describe('bytes that are no model', () => {
  test('cut off anywhere', () => {
    for (let length = 0; length < valid.length; length += length < 200 ? 1 : 37)
      survives(valid.subarray(0, length));
    expect(() => readModel(valid.subarray(0, 2000))).toThrow(OnnxFormatError);
    expect(() => readModel(valid.subarray(0, 2000))).toThrow('the model is cut off');
    expect(() => readModel(new Uint8Array())).toThrow('the model is empty (0 bytes)');
  });

  test('outputs that are no tensors, as scikit-learn’s exporter writes them', () => {
    const map = { sequenceType: { elemType: { mapType: { keyType: 7, valueType: tensorType() } } } };
    const bytes = encode({
      node: [{ opType: 'Identity', input: ['x'], output: ['y'] }],
      input: [{ name: 'x', type: tensorType('n', 2) }],
      output: [{ name: 'y', type: map }],
    });
    expect(() => readModel(bytes)).toThrow(/output "y" is not a tensor.*options={'zipmap': False}/);
  });

  test('random, and random changes of a valid one', () => {
    fc.assert(fc.property(fc.uint8Array({ maxLength: 200 }), survives), { numRuns: 500 });
    for (const [name, numRuns] of [
      ['pytorch-cnn', 500],
      ['scripted-loop', 200],
      ['scripted-list', 100],
      ['recurrent-lstm', 100],
    ] as const) {
      const file = read(name);
      const change = fc.record({ at: fc.nat(file.length - 1), byte: fc.integer({ min: 0, max: 255 }) });
      fc.assert(
        fc.property(fc.array(change, { minLength: 1, maxLength: 8 }), (changes) => {
          const bytes = file.slice();
          for (const { at, byte } of changes) bytes[at] = byte;
          survives(bytes);
        }),
        { numRuns },
      );
    }
  });

  test('something else', () => {
    expect(() => readModel(new TextEncoder().encode('<!DOCTYPE html><html>'))).toThrow(OnnxFormatError);
    expect(() => readModel(onnx.ModelProto.encode({ producerName: 'x' }).finish())).toThrow(
      'it has no graph',
    );
    expect(() => readModel(encode({}, { opsetImport: [] }))).toThrow('names no operator set');
  });
});

describe('declared sizes without bytes behind them', () => {
  test.each([
    [
      { dataType: 1, dims: [2 ** 40], rawData: new Uint8Array(4) },
      'its shape needs 4398046511104 bytes, the file holds 4',
    ],
    [{ dataType: 1, dims: [2 ** 50, 2 ** 50] }, 'more elements than can be counted'],
    [{ dataType: 1, dims: [1000] }, 'needs 1000 elements, the file holds 0'],
    [{ dataType: 1, dims: [-1] }, 'dimension -1 is negative'],
    [{ dataType: 1, dims: [2], floatData: [1] }, 'needs 2 elements, the file holds 1'],
    [{ dataType: 6, dims: [1], floatData: [1] }, 'needs 1 elements, the file holds 0'],
    [{ dataType: 14, dims: [0] }, 'element type 14 is not supported'],
    [{ dataType: 8, dims: [1], rawData: new Uint8Array(1) }, 'strings must not be in raw_data'],
    [
      { dataType: 1, dims: [1], externalData: [{ key: 'location', value: '/etc/passwd' }], dataLocation: 1 },
      'keeps its data in another file',
    ],
  ] as [onnx.TensorProto.$Properties, string][])('tensor %j', (tensor, message) => {
    expect(() => readModel(initializer(tensor))).toThrow(OnnxFormatError);
    expect(() => readModel(initializer(tensor))).toThrow(message);
  });

  test('a few bytes that decode to very many objects are refused before they are decoded', () => {
    const limits = { objects: 1000 };
    const node = Array.from({ length: 1001 }, () => ({}));
    expect(() => readModel(encode({ node }), limits)).toThrow(
      'more than 1000 nodes, tensors and other parts',
    );
    const int64Data = new Array<number>(1001).fill(1);
    expect(() => readModel(initializer({ dataType: 7, dims: [1001], int64Data }), limits)).toThrow(
      'more than 1000',
    );
    const ints = new Array<number>(1001).fill(1);
    const attribute = [{ name: 'a', type: 7, ints }];
    expect(() => readModel(encode({ node: [{ opType: 'A', attribute }] }), limits)).toThrow('more than 1000');
    expect(() => readModel(valid, { bytes: 100 })).toThrow(
      `the model has ${valid.length} bytes, allowed are 100`,
    );
  });

  test('bodies in bodies without end', () => {
    // A graph inside an attribute inside a node inside a graph, as bytes: encoders refuse to write it.
    let graph: Uint8Array = new Uint8Array();
    const wrap = (tag: number, inner: Uint8Array) => {
      const length =
        inner.length < 128 ? [inner.length] : [(inner.length & 127) | 128, (inner.length >> 7) & 127];
      if (inner.length >= 1 << 14) length.splice(1, 1, ((inner.length >> 7) & 127) | 128, inner.length >> 14);
      return Uint8Array.from([tag, ...length, ...inner]);
    };
    for (let depth = 0; depth < 400; depth++) graph = wrap(0x0a, wrap(0x2a, wrap(0x32, graph)));
    expect(() => readModel(wrap(0x3a, graph))).toThrow('nests more than 100 messages');
  });
});

describe('graphs made to be dear', () => {
  const check = (graph: Graph) => checkModel(readModel(encode(graph)));
  const input = (name: string, ...dims: (number | string)[]) => ({ name, type: tensorType(...dims) });
  const int64Input = (name: string, size: number) => {
    const type = tensorType(size);
    return { name, type: { tensorType: { ...type.tensorType, elemType: 7 } } };
  };
  const output = [{ name: 'y' }];

  test('a rank of a billion', () => {
    const graph = { input: [input('x', 4), int64Input('shape', 1e9)], output };
    expect(() =>
      check({ ...graph, node: [{ opType: 'Reshape', input: ['x', 'shape'], output: ['y'] }] }),
    ).toThrow('would give 1000000000 dimensions');
    const slice = [{ opType: 'Slice', input: ['x', 'shape', 'shape'], output: ['y'] }];
    expect(() => check({ ...graph, node: slice })).toThrow('1000000000 starts for 1 dimensions');
  });

  test('symbols that double in length with every node', () => {
    const node: onnx.NodeProto.$Properties[] = [{ opType: 'Shape', input: ['x'], output: ['s0'] }];
    for (let i = 0; i < 200; i++) {
      const [a, b] = [`s${i}`, `s${i + 1}`];
      node.push({ opType: i % 2 ? 'Mul' : 'Add', input: [a, a], output: [b] });
      node.push({ opType: 'Add', input: [b, 's0'], output: [`t${i}`] });
    }
    node.push({ opType: 'ConstantOfShape', input: ['s200'], output: ['y'] });
    check({ input: [input('x', 'a', 'b')], output: [{ name: 'y', type: tensorType('c', 'd') }], node });
  });

  test('a product of sums with an exponential number of terms', () => {
    const dims = Array.from({ length: 60 }, (_, i) => `a${i}+b${i}`);
    const node = [
      { opType: 'Flatten', input: ['x'], output: ['y'], attribute: [{ name: 'axis', type: 2, i: 60 }] },
    ];
    check({ input: [input('x', ...dims)], output: [{ name: 'y', type: tensorType('n', 1) }], node });
  });

  test('sizes that overflow', () => {
    const node = [{ opType: 'Flatten', input: ['x'], output: ['y'] }];
    const dims = new Array<number>(40).fill(2 ** 50);
    expect(() => check({ input: [input('x', ...dims)], output, node })).toThrow('is too large');
  });

  test('a symbol of a million letters', () => {
    expect(() => check({ input: [input('x', 'a'.repeat(1e6))], output })).toThrow(
      'has a name of 1000000 letters',
    );
  });

  test('a problem at every node', () => {
    const node = Array.from({ length: 20_000 }, (_, i) => ({
      opType: 'Relu',
      input: [`u${i}`],
      output: [`v${i}`],
    }));
    expect(() => check({ node, output })).toThrow('… and more');
  });
});
