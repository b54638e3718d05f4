import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { type Attributes, GraphBuilder } from '../../../shared/onnx/builder.ts';
import { constantTensor } from '../../../shared/onnx/constants.ts';
import type { Dim } from '../../../shared/onnx/model.ts';
import { OPERATORS } from '../../../shared/onnx/shapes/registry.ts';
import { type DataType, float32, int64, type Tensor } from '../../../shared/onnx/tensor.ts';

type Input = [type: DataType, dims: Dim[], values?: number[]] | null;

interface Case {
  op: string;
  attributes: Record<string, number | string | number[]>;
  inputs: Input[];
  /** Types by Python's onnx; null where it does not know. */
  expected: [type: DataType, dims: (Dim | null)[] | null][];
}

const file = new URL('../../data/onnx/shape-inference.json', import.meta.url);
const { cases } = JSON.parse(readFileSync(file, 'utf8')) as { cases: Case[] };

function inferOne({ op, attributes, inputs, expected }: Case) {
  const builder = new GraphBuilder();
  const names = inputs.map((input, i) => {
    if (input === null) return '';
    const [type, dims, values] = input;
    if (values) return builder.constant(constantTensor(type, dims as number[], values.map(Number)));
    return builder.input(`in${i}`, type, dims);
  });
  const outputs = builder.node(op, names, attributes, { outputs: expected.length });
  return outputs.map((name) => builder.typeOf(name));
}

describe("shape inference agrees with Python's onnx", () => {
  for (const one of cases) {
    const inputs = one.inputs.map((input) => JSON.stringify(input?.[2] ?? input?.[1] ?? null)).join(' ');
    test(`${one.op} ${inputs} ${JSON.stringify(one.attributes)}`, () => {
      for (const [i, { type, dims }] of inferOne(one).entries()) {
        const [expectedType, expectedDims] = one.expected[i]!;
        expect(type).toBe(expectedType);
        if (expectedDims === null) continue;
        expect(dims.length).toBe(expectedDims.length);
        expect(dims.map((dim, axis) => (expectedDims[axis] === null ? null : dim))).toEqual(expectedDims);
      }
    });
  }

  test('every operator of the table is compared', () => {
    const compared = new Set(cases.map(({ op }) => op));
    const others = [...OPERATORS.keys()].filter((op) => !compared.has(op));
    // Constant has no input, and its value is tested where it is read; Scan has a graph of its own: control-flow.test.ts.
    expect(others).toEqual(['Constant', 'Scan']);
  });
});

describe('shape inference where the oracle does not help', () => {
  test('numbers that are no sizes are not followed', () => {
    const b = new GraphBuilder();
    const lowest = b.constant(float32([1], [-1e38]));
    expect(b.typeOf(b.op('Sub', [b.constant(float32([1], [0])), lowest])).dims).toEqual([1]);
    const large = b.constant(float32([1], [1e10]));
    expect(b.typeOf(b.op('Mul', [large, large])).dims).toEqual([1]);
    const end = b.constant({ type: 'int64', dims: [1], data: BigInt64Array.of(2n ** 63n - 1n) });
    expect(b.knownNumbers(b.op('Add', [end, b.constant(int64([1], [1]))]))).toBeUndefined();
    expect(b.knownNumbers(b.op('Add', [b.constant(int64([1], [2])), b.constant(int64([1], [1]))]))).toEqual([
      3,
    ]);
  });

  const typeOf = (op: string, dims: Dim[], attributes: Attributes, ...constants: Tensor[]) => {
    const b = new GraphBuilder();
    const inputs = [b.input('x', 'float32', dims), ...constants.map((tensor) => b.constant(tensor))];
    return b.typeOf(b.op(op, inputs, attributes)).dims;
  };

  // Python's onnx counts that window; onnxruntime 1.30 and the text of the specification do not.
  test('a last pooling window that would start in the right padding is left out', () => {
    const ceil = { ceil_mode: 1, strides: [3, 3], kernel_shape: [2, 2], pads: [0, 0, 1, 1] };
    expect(typeOf('MaxPool', [1, 1, 4, 5], ceil)).toEqual([1, 1, 2, 2]);
    const wide = { ceil_mode: 1, strides: [4, 4], kernel_shape: [2, 3], pads: [1, 1, 1, 1] };
    expect(typeOf('AveragePool', [1, 1, 6, 7], wide)).toEqual([1, 1, 2, 2]);
  });

  test('symbolic dimensions are computed with', () => {
    expect(typeOf('Flatten', ['batch', 4, 8], { axis: 2 })).toEqual(['4*batch', 8]);
    expect(typeOf('Reshape', ['batch', 4, 8], {}, int64([2], [-1, 16]))).toEqual(['2*batch', 16]);
    expect(typeOf('Reshape', ['2*batch', 16], {}, int64([3], [-1, 4, 8]))).toEqual(['batch', 4, 8]);
    expect(typeOf('Reshape', ['batch', 'time', 8], {}, int64([2], [-1, 8]))).toEqual(['batch*time', 8]);
    expect(typeOf('Pad', ['batch', 'time'], {}, int64([4], [0, 1, 0, 1]))).toEqual(['batch', 'time+2']);
    expect(typeOf('MaxPool', ['batch', 3, 'h', 'w'], { kernel_shape: [2, 2], strides: [2, 1] })).toEqual([
      'batch',
      3,
      '{floor((h+-2)/2)}+1',
      'w+-1',
    ]);
    const slice = [int64([1], [1]), int64([1], [2n ** 63n - 1n]), int64([1], [0])];
    expect(typeOf('Slice', ['batch', 3], {}, ...slice)).toEqual(['batch+-1', 3]);
  });

  test('expand by a shape that keeps -1, as PyTorch writes it, infers', () => {
    const b = new GraphBuilder();
    b.input('x', 'float32', ['batch', 1, 4]);
    const wanted = b.op('Concat', [b.op('Shape', ['x'], { end: 1 }), b.ints([-1, 4])], { axis: 0 });
    const isKept = b.op('Equal', [wanted, b.ints([-1])]);
    const ones = b.op('ConstantOfShape', [b.ints([3])], { value: int64([1], [1]) });
    const shape = b.op('Where', [isKept, ones, wanted]);
    expect(b.typeOf(b.op('Expand', ['x', shape])).dims).toEqual(['batch', 1, 4]);
  });

  test('a product of a shape splits off heads', () => {
    const b = new GraphBuilder();
    b.input('x', 'float32', ['batch', 'time', 12]);
    const width = b.op('Gather', [b.op('Shape', ['x']), b.scalar(2, 'int64')]);
    const head = b.op('Unsqueeze', [b.op('Div', [width, b.scalar(3, 'int64')]), b.ints([0])]);
    const shape = b.op('Concat', [b.ints([0, 0, 3]), head], { axis: 0 });
    expect(b.typeOf(b.op('Reshape', ['x', shape])).dims).toEqual(['batch', 'time', 3, 4]);
    expect(b.isConstant(shape)).toEqual(int64([4], [0, 0, 3, 4]));
  });

  test.each([
    [
      'Conv',
      [1, 2, 5, 5],
      {},
      [float32([3, 4, 3, 3], new Float32Array(108))],
      'channels of the input and of the weight',
    ],
    [
      'Conv',
      [1, 2, 2, 2],
      {},
      [float32([1, 2, 3, 3], new Float32Array(18))],
      'the window (3) is larger than spatial axis 0',
    ],
    ['Reshape', [3, 4], {}, [int64([2], [5, -1])], '[3, 4] (12 elements) does not divide into [5, -1]'],
    ['Reshape', [3, 4], {}, [int64([2], [5, 2])], 'elements of [3, 4] and [5, 2]: 12 against 10'],
    ['Concat', [3, 4], { axis: 5 }, [], 'axis 5 is outside of a shape with 2 dimensions'],
    ['Transpose', [3, 4], { perm: [0, 0] }, [], 'perm [0, 0] is no permutation of 2 axes'],
    ['Squeeze', [3, 4], {}, [int64([1], [0])], 'dimension 0, which is squeezed: 3 against 1'],
    ['Softmax', [3], { axis: 2 }, [], 'axis 2 is outside of a shape with 1 dimensions'],
    ['Expand', [3], {}, [int64([1], [4])], '[3] and [4] do not broadcast: 3 against 4'],
  ] as [string, Dim[], Attributes, Tensor[], string][])(
    '%s of %j says what does not fit',
    (op, dims, attributes, constants, message) => {
      expect(() => typeOf(op, dims, attributes, ...constants)).toThrow(message);
    },
  );
});
