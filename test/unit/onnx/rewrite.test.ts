import { describe, expect, test } from 'vitest';
import { GraphBuilder } from '../../../shared/onnx/builder.ts';
import { checkModel } from '../../../shared/onnx/check.ts';
import { type AttributeValue, type Model, type Node, UNKNOWN_DIMS } from '../../../shared/onnx/model.ts';
import { prune } from '../../../shared/onnx/prune.ts';
import { renameSymbol, renameValues } from '../../../shared/onnx/rename.ts';
import { float32 } from '../../../shared/onnx/tensor.ts';
import { upgradeModel } from '../../../shared/onnx/upgrade.ts';

function twoHeads(): Model {
  const b = new GraphBuilder();
  b.input('x', 'float32', ['batch', 4]);
  b.input('unused', 'float32', [1]);
  for (const name of ['w1', 'w2']) b.initializer(name, float32([4, 2], new Float32Array(8)));
  b.output(b.op('Relu', [b.op('MatMul', ['x', 'w1'], {}, 'first')], {}, 'a'));
  b.output(b.op('MatMul', ['x', 'w2'], {}, 'b'));
  return b.build();
}

describe('prune', () => {
  test('keeps what the outputs need, and the inputs', () => {
    const pruned = prune(twoHeads(), ['b']);
    checkModel(pruned);
    expect(pruned.graph.nodes.map(({ name }) => name)).toEqual(['b']);
    expect([...pruned.graph.initializers.keys()]).toEqual(['w2']);
    expect(pruned.graph.inputs.map(({ name }) => name)).toEqual(['x', 'unused']);
  });

  test('an inner value can become an output', () => {
    const pruned = prune(twoHeads(), ['first', 'b']);
    checkModel(pruned);
    expect(pruned.graph.outputs[0]).toEqual({ name: 'first', type: 'float32', dims: ['batch', 2] });
    expect(() => prune(twoHeads(), ['nope'])).toThrow('the model has no value "nope" to keep');
  });
});

describe('rename', () => {
  test('everywhere a value occurs; names may be swapped', () => {
    const names = new Map([
      ['x', 'features'],
      ['a', 'b'],
      ['b', 'a'],
      ['w1', 'dense.weight'],
    ]);
    const renamed = renameValues(twoHeads(), names);
    checkModel(renamed);
    expect(renamed.graph.outputs.map(({ name }) => name)).toEqual(['b', 'a']);
    expect([...renamed.graph.initializers.keys()]).toEqual(['dense.weight', 'w2']);
    expect(renamed.graph.nodes[0]?.inputs).toEqual(['features', 'dense.weight']);
  });

  test('not to a name that is taken', () => {
    expect(() => renameValues(twoHeads(), new Map([['x', 'w1']]))).toThrow('"x" has that name');
    const both = new Map([
      ['w1', 'w'],
      ['w2', 'w'],
    ]);
    expect(() => renameValues(twoHeads(), both)).toThrow('cannot rename "w2" to "w": "w1" has that name');
  });

  test('a symbolic dimension, also inside a product', () => {
    const b = new GraphBuilder();
    b.input('x', 'float32', ['s0', 's01', 4]);
    b.output(b.op('Flatten', ['x'], { axis: 3 }, 'y'));
    const { inputs, outputs } = renameSymbol(b.build(), 's0', 'batch').graph;
    expect(inputs[0]?.dims).toEqual(['batch', 's01', 4]);
    expect(outputs[0]?.dims).toEqual(['4*batch*s01', 1]);
  });
});

describe('upgrade', () => {
  const old = (
    version: number,
    op: string,
    attributes: Record<string, AttributeValue>,
    inputs = ['x'],
    outputs = ['y'],
  ): Model => {
    const node: Node = { name: 'n', op, domain: '', inputs, outputs, attributes };
    const model = twoHeads();
    const w = float32([4], new Float32Array(4));
    return {
      ...model,
      irVersion: 8,
      opsets: { '': version },
      graph: {
        ...model.graph,
        nodes: [node],
        outputs: outputs.slice(0, 1).map((name) => ({ name, type: 'float32', dims: ['batch', 'n'] })),
        initializers: new Map([['w', w]]),
      },
    };
  };
  const axes = { kind: 'ints', value: [1] } as const;

  test('axes of a reduction become an input', () => {
    const upgraded = upgradeModel(old(13, 'ReduceMean', { axes, keepdims: { kind: 'int', value: 1 } }));
    checkModel(upgraded);
    expect(upgraded.graph.nodes.map(({ op, inputs }) => [op, inputs])).toEqual([
      ['Constant', []],
      ['ReduceMean', ['x', 'n_constant']],
    ]);
    expect(GraphBuilder.from(upgraded).typeOf('y').dims).toEqual(['batch', 1]);
  });

  test('equal parts of a Split are asked for', () => {
    const upgraded = upgradeModel(old(13, 'Split', { axis: { kind: 'int', value: 1 } }, ['x'], ['y', 'z']));
    checkModel(upgraded);
    expect(upgraded.graph.nodes[0]?.attributes['num_outputs']).toEqual({ kind: 'int', value: 2 });
  });

  test('newer opsets come down where nothing changed', () => {
    const upgraded = upgradeModel({ ...old(22, 'Elu', {}), irVersion: 10 });
    checkModel(upgraded);
    expect([upgraded.opsets[''], upgraded.irVersion]).toEqual([20, 9]);
  });

  const int = (value: number) => ({ kind: 'int', value }) as const;
  const float = (value: number) => ({ kind: 'float', value }) as const;
  const listed = (...value: number[]) => ({ kind: 'ints', value }) as const;
  test.each<[string, number, string, Record<string, AttributeValue>, string[]]>([
    ['settings of Clip', 6, 'Clip', { min: float(0), max: float(1) }, ['Constant', 'Constant', 'Clip']],
    ['pads', 2, 'Pad', { pads: listed(0, 1, 0, 1), value: float(2) }, ['Constant', 'Constant', 'Pad']],
    [
      'bounds of a Slice',
      1,
      'Slice',
      { starts: listed(0), ends: listed(1), axes: listed(1) },
      ['Constant', 'Constant', 'Constant', 'Slice'],
    ],
    ['k of TopK', 9, 'TopK', { k: int(1) }, ['Constant', 'TopK']],
    ['axes of a sum', 11, 'ReduceSum', { axes: listed(1) }, ['Constant', 'ReduceSum']],
    [
      'a Dropout that was for inference',
      6,
      'Dropout',
      { ratio: float(0.5), is_test: int(1) },
      ['Constant', 'Dropout'],
    ],
    ['a shape', 1, 'Reshape', { shape: listed(-1, 1) }, ['Constant', 'Reshape']],
    ['hints of the first opset', 1, 'Relu', { consumed_inputs: listed(0) }, ['Relu']],
    ['a softmax over a matrix', 12, 'Softmax', { axis: int(1) }, ['Flatten', 'Softmax', 'Shape', 'Reshape']],
  ])('an older opset: %s', (_, version, op, attributes, expected) => {
    const upgraded = upgradeModel(old(version, op, attributes));
    checkModel({
      ...upgraded,
      graph: { ...upgraded.graph, outputs: [{ name: 'y', type: 'float32', dims: UNKNOWN_DIMS }] },
    });
    expect(upgraded.graph.nodes.map((node) => node.op)).toEqual(expected);
    expect(upgraded.graph.nodes.at(-1)?.outputs).toEqual(['y']);
  });

  test('GroupNormalization of opset 21 scales by channel', () => {
    const group = old(21, 'GroupNormalization', { num_groups: int(2) }, ['x3', 'w', 'w']);
    const inputs = [{ name: 'x3', type: 'float32', dims: [2, 4, 3] }] as const;
    const outputs = [{ name: 'y', type: 'float32', dims: UNKNOWN_DIMS }] as const;
    const upgraded = upgradeModel({ ...group, graph: { ...group.graph, inputs, outputs } });
    checkModel(upgraded);
    expect(GraphBuilder.from(upgraded).typeOf('y').dims).toEqual([2, 4, 3]);
  });

  test('says what it cannot do', () => {
    const training = old(
      13,
      'BatchNormalization',
      {},
      ['x', 'w', 'w', 'w', 'w'],
      ['y', 'm', 'v', 'sm', 'sv'],
    );
    expect(() => upgradeModel(training)).toThrow('export the model in evaluation mode');
    expect(() => upgradeModel(old(0, 'Relu', {}))).toThrow(
      'of opset 0; 1 to 28 can be read: convert it with',
    );
    expect(() => upgradeModel(old(29, 'Relu', {}))).toThrow('export it again with opset_version=20');
    expect(() => upgradeModel(old(8, 'Scan', {}))).toThrow('Scan of opset 8 has a batch axis');
    expect(() => GraphBuilder.from(old(17, 'Relu', {}))).toThrow('upgradeModel brings it to 20');
  });
});
