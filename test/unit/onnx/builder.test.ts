import { describe, expect, test } from 'vitest';
import { GraphBuilder } from '../../../shared/onnx/builder.ts';
import { readModel } from '../../../shared/onnx/read.ts';
import { float32, int64 } from '../../../shared/onnx/tensor.ts';
import { writeModel } from '../../../shared/onnx/write.ts';

function cnn(): GraphBuilder {
  const b = new GraphBuilder();
  const x = b.input('features', 'float32', ['batch', 1, 8, 8]);
  b.initializer('conv1.weight', float32([4, 1, 3, 3], new Float32Array(36)));
  const conv = b.op('Conv', [x, 'conv1.weight'], { pads: [1, 1, 1, 1] }, 'conv1');
  const pool = b.op('MaxPool', [b.op('Relu', [conv])], { kernel_shape: [2, 2], strides: [2, 2] }, 'pool1');
  b.initializer('dense.weight', float32([64, 10], new Float32Array(640)));
  b.output(b.op('MatMul', [b.op('Flatten', [pool]), 'dense.weight'], {}, 'logits'));
  return b;
}

describe('GraphBuilder', () => {
  test('infers types with a symbolic batch as nodes are added', () => {
    const b = cnn();
    expect(b.typeOf('conv1').dims).toEqual(['batch', 4, 8, 8]);
    expect(b.typeOf('pool1').dims).toEqual(['batch', 4, 4, 4]);
    expect(b.typeOf('logits')).toEqual({ type: 'float32', dims: ['batch', 10] });
  });

  test('what it builds survives writing, reading, and building on', () => {
    const model = cnn().build({ metadata: { a: 'b' } });
    expect(readModel(writeModel(model))).toEqual(model);
    expect(GraphBuilder.from(readModel(writeModel(model))).build()).toEqual(model);
  });

  test('names are derived from the hint and unique', () => {
    const b = new GraphBuilder();
    b.input('x', 'float32', ['batch']);
    expect([1, 2, 3].map(() => b.op('Relu', ['x'], {}, 'y'))).toEqual(['y', 'y_1', 'y_2']);
    expect(b.node('TopK', ['x', b.ints([1])], {}, { outputs: 2 })).toEqual(['TopK_out0', 'TopK_out1']);
    expect(new Set(b.nodes.map((node) => node.name)).size).toBe(b.nodes.length);
  });

  test('equal constants are one node', () => {
    const b = new GraphBuilder();
    expect(b.scalar(2)).toBe(b.scalar(2));
    expect(b.scalar(2)).not.toBe(b.scalar(3));
    expect(b.scalar(2)).not.toBe(b.scalar(2, 'int64'));
    expect(b.ints([1, 2])).toBe(b.constant(int64([2], [1, 2])));
    expect(b.scalar(0)).not.toBe(b.scalar(-0));
  });

  test('an integer given to a float attribute is a float', () => {
    const b = new GraphBuilder();
    b.input('x', 'float32', [2]);
    b.op('LeakyRelu', ['x'], { alpha: 1 });
    b.op('Cast', ['x'], { to: 'int64' });
    expect(b.nodes.map((node) => node.attributes)).toEqual([
      { alpha: { kind: 'float', value: 1 } },
      { to: { kind: 'int', value: 7 } },
    ]);
  });

  test('a known shape computation is a constant', () => {
    const b = new GraphBuilder();
    b.input('x', 'float32', ['batch', 3, 4]);
    const tail = b.op('Shape', ['x'], { start: 1 });
    expect(b.isConstant(tail)).toEqual(int64([2], [3, 4]));
    expect(b.isConstant(b.op('Shape', ['x']))).toBeUndefined();
    expect(b.isConstant('x')).toBeUndefined();
    const all = b.op('Concat', [b.op('Shape', ['x'], { end: 1 }), b.ints([-1])], { axis: 0 });
    expect(b.typeOf(b.op('Reshape', ['x', all])).dims).toEqual(['batch', 12]);
  });

  test('a mistake names node, operator and input types, and what is wrong', () => {
    const b = cnn();
    expect(() => b.op('MatMul', ['logits', 'dense.weight'], {}, 'again')).toThrow(
      'node again (MatMul) of (logits: float32[batch, 10], dense.weight: float32[64, 10]): the inner dimensions differ: 10 against 64',
    );
    expect(() => b.op('Relu', ['nope'])).toThrow('input "nope" is not defined');
    expect(() => b.op('Blur', ['logits'])).toThrow('operator Blur is not supported');
    expect(() => b.op('Add', ['logits', b.ints([1])])).toThrow('differ in type: float32 and int64');
    expect(() => b.op('LeakyRelu', ['logits'], { slope: 1 })).toThrow(
      'LeakyRelu has no attribute "slope"; it has: alpha',
    );
    expect(() => b.op('Gemm', ['logits'])).toThrow('it has 1 inputs; Gemm takes 2 to 3');
    expect(() => b.input('logits', 'float32', [])).toThrow('"logits" is defined already');
  });

  test('a failed node leaves the builder as it was', () => {
    const b = cnn();
    const before = b.build();
    expect(() => b.op('MatMul', ['logits', 'dense.weight'])).toThrow();
    expect(b.build()).toEqual(before);
  });
});
