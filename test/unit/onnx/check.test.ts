import { describe, expect, test } from 'vitest';
import { GraphBuilder } from '../../../shared/onnx/builder.ts';
import { checkModel } from '../../../shared/onnx/check.ts';
import { ModelError } from '../../../shared/onnx/errors.ts';
import type { Graph, Model, Node } from '../../../shared/onnx/model.ts';
import { float32 } from '../../../shared/onnx/tensor.ts';

function mlp(): Model {
  const b = new GraphBuilder();
  b.input('x', 'float32', ['batch', 4]);
  b.initializer('w', float32([4, 3], new Float32Array(12)));
  b.op('MatMul', ['x', 'w'], {}, 'hidden');
  b.op('LeakyRelu', ['hidden'], { alpha: 0.1 }, 'active');
  b.output(b.op('Softmax', ['active'], {}, 'y'));
  return b.build({ name: 'mlp' });
}

const changed = (change: (graph: Graph) => Partial<Graph>): Model => {
  const model = mlp();
  return { ...model, graph: { ...model.graph, ...change(model.graph) } };
};
const withNode = (name: string, change: Partial<Node>): Model =>
  changed(({ nodes }) => ({
    nodes: nodes.map((node) => (node.name === name ? { ...node, ...change } : node)),
  }));

function problemsOf(model: Model): readonly string[] {
  try {
    checkModel(model);
  } catch (error) {
    if (error instanceof ModelError) return error.problems;
    throw error;
  }
  return [];
}

describe('checkModel', () => {
  test('accepts what the builder builds', () => {
    expect(problemsOf(mlp())).toEqual([]);
  });

  test('shows the nodes around a fault', () => {
    expect(problemsOf(withNode('active', { inputs: ['hiden'] }))).toEqual([
      [
        'node active (LeakyRelu): its input "hiden" is not defined anywhere',
        '    > active = LeakyRelu(hiden)',
        '      y = Softmax(active)',
      ].join('\n'),
    ]);
  });

  test('a fault is reported once, not at every node behind it, and others are found too', () => {
    const broken = withNode('hidden', { inputs: ['w', 'w'] });
    const two = {
      ...broken,
      graph: {
        ...broken.graph,
        outputs: [...broken.graph.outputs, { name: 'z', type: 'float32', dims: [] }],
      },
    };
    const problems = problemsOf(two as Model);
    expect(problems).toHaveLength(2);
    expect(problems[0]).toContain('node hidden (MatMul) of (w: float32[4, 3], w: float32[4, 3])');
    expect(problems[1]).toBe('output "z" is not defined by any node');
  });

  test.each([
    [
      'order',
      changed(({ nodes }) => ({ nodes: [...nodes].reverse() })),
      'is defined by a later node, active (LeakyRelu)',
    ],
    [
      'cycle',
      withNode('hidden', { inputs: ['y', 'w'] }),
      'depends on the node itself: hidden <- y <- active <- hidden',
    ],
    ['second definition', withNode('y', { outputs: ['hidden'] }), 'node y (Softmax) defines "hidden" again'],
    ['same node name', withNode('y', { name: 'hidden' }), 'node name "hidden" is there twice'],
    ['operator', withNode('y', { op: 'Softmaxx' }), 'operator Softmaxx is not supported'],
    ['domain', withNode('y', { domain: 'com.microsoft' }), 'operator com.microsoft.Softmax is not supported'],
    ['missing attribute', withNode('y', { op: 'Concat' }), 'node y (Concat): attribute axis is missing'],
    [
      'unknown attribute',
      withNode('y', { attributes: { dim: { kind: 'int', value: 1 } } }),
      'unknown attribute "dim"; it has: axis',
    ],
    [
      'kind of attribute',
      withNode('active', { attributes: { alpha: { kind: 'int', value: 1 } } }),
      'attribute alpha is int, it must be float',
    ],
    ['input count', withNode('y', { inputs: ['active', 'active'] }), 'it has 2 inputs; Softmax takes 1'],
    ['output count', withNode('y', { outputs: ['y', 'z'] }), 'it has 2 outputs; Softmax gives 1'],
    [
      'declared type',
      changed(() => ({ outputs: [{ name: 'y', type: 'int64', dims: ['batch', 3] }] })),
      'is declared int64[batch, 3], it is float32[batch, 3]',
    ],
    [
      'declared shape',
      changed(() => ({ outputs: [{ name: 'y', type: 'float32', dims: ['batch', 4] }] })),
      'is declared float32[batch, 4], it is float32[batch, 3]',
    ],
    ['no output', changed(() => ({ outputs: [] })), 'the graph has no outputs'],
    [
      'an output twice',
      changed(({ outputs }) => ({ outputs: [...outputs, ...outputs] })),
      'output "y" is there twice',
    ],
    [
      'an input twice',
      changed(({ inputs }) => ({ inputs: [...inputs, ...inputs] })),
      'input "x" is there twice',
    ],
    [
      'input and initializer',
      changed(() => ({ initializers: new Map([['x', float32([1], [1])]]) })),
      '"x" is an input and an initializer',
    ],
    [
      'initializer size',
      changed(() => ({ initializers: new Map([['w', float32([4, 3], [1])]]) })),
      'initializer "w" [4, 3] holds 1 elements',
    ],
    ['opset', { ...mlp(), opsets: { '': 17 } }, 'it is of opset 17; upgradeModel brings it to 20'],
  ])('finds a fault of %s', (_, model, message) => {
    expect(problemsOf(model as Model).join('\n')).toContain(message);
  });
});
