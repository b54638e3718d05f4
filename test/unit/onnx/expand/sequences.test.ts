import { describe, expect, test } from 'vitest';
import { importModel } from '../../../../shared/onnx/import.ts';
import type { AttributeValue, Model, Node, ValueInfo } from '../../../../shared/onnx/model.ts';
import { float32, int64, type Tensor, type TensorMap } from '../../../../shared/onnx/tensor.ts';
import { writeModel } from '../../../../shared/onnx/write.ts';
import { directional } from '../../autodiff/numeric.ts';
import { numbersOf, runOnce } from '../../autodiff/run.ts';

const int = (value: number): AttributeValue => ({ kind: 'int', value });
const node = (
  op: string,
  inputs: string[],
  outputs: string[],
  attributes: Record<string, AttributeValue> = {},
): Node => ({ name: `${outputs[0]}_node`, op, domain: '', inputs, outputs, attributes });
const constant = (name: string, value: Tensor) =>
  node('Constant', [], [name], { value: { kind: 'tensor', value } });

const X: ValueInfo = { name: 'x', type: 'float32', dims: [3, 2] };

function modelOf(nodes: Node[], outputs: ValueInfo[]): Model {
  const graph = { name: 'g', nodes, inputs: [X], outputs, initializers: new Map() };
  return { irVersion: 9, opsets: { '': 20 }, producer: 'test', graph, metadata: {} };
}

const feeds: TensorMap = { x: float32([3, 2], [1, -2, 3, 0.5, -0.25, 4]) };
const Y = (...dims: number[]): ValueInfo[] => [{ name: 'y', type: 'float32', dims }];
const numbers = [0, 1, 2, -1].map((value) => constant(`n${value}`, int64([], [value])));

/** Import writes the sequence out, and ONNX Runtime computes the same for both forms. */
async function same(nodes: Node[], outputs: ValueInfo[]): Promise<Model> {
  const source = modelOf([...numbers, ...nodes], outputs);
  const imported = importModel(writeModel(source));
  expect(imported.graph.nodes.filter(({ op }) => /Sequence/.test(op))).toEqual([]);
  const [own, expected] = [await runOnce(imported, feeds), await runOnce(source, feeds)];
  expect(own['y']).toEqual(expected['y']);
  expect(numbersOf(own['y']).length).toBeGreaterThan(0);
  return imported;
}

describe('sequences of tensors are written out', () => {
  test('constructed, inserted into, erased from, read', async () => {
    const nodes = [
      node('Neg', ['x'], ['minus']),
      node('Exp', ['x'], ['exp']),
      node('SequenceConstruct', ['x', 'minus'], ['s']),
      node('SequenceInsert', ['s', 'exp', 'n1'], ['t']),
      node('SequenceErase', ['t', 'n0'], ['u']),
      node('SequenceInsert', ['u', 'x'], ['v']),
      node('SequenceAt', ['v', 'n-1'], ['last']),
      node('SequenceAt', ['v', 'n0'], ['first']),
      node('SequenceLength', ['v'], ['length']),
      node('Cast', ['length'], ['count'], { to: int(1) }),
      node('Sub', ['first', 'last'], ['difference']),
      node('Mul', ['difference', 'count'], ['y']),
    ];
    const imported = await same(nodes, Y(3, 2));
    expect(imported.graph.nodes.map(({ op }) => op)).toEqual(['Exp', 'Constant', 'Cast', 'Sub', 'Mul']);
  });

  test.each([
    ['slices of one', [], { axis: int(0) }],
    ['slices without the axis', [], { axis: int(0), keepdims: int(0) }],
    ['equal parts, a smaller last one', ['n2'], { axis: int(0) }],
    ['sizes', ['sizes'], { axis: int(0) }],
  ] as [string, string[], Record<string, AttributeValue>][])(
    'split into %s',
    async (_, split, attributes) => {
      const nodes = [
        constant('sizes', int64([2], [1, 2])),
        node('SplitToSequence', ['x', ...split], ['s'], attributes),
        node('SequenceAt', ['s', 'n1'], ['y']),
      ];
      const rows = split[0] === 'sizes' ? 2 : 1;
      await same(nodes, attributes['keepdims'] ? Y(2) : Y(rows, 2));
    },
  );

  test('collected in a loop and stacked, as TorchScript writes a list', async () => {
    const sequence = { name: 'list', type: 'float32', dims: [] } as const;
    const step = {
      name: 'step',
      nodes: [
        node('Gather', ['x', 'i'], ['row'], { axis: int(0) }),
        node('Tanh', ['row'], ['out']),
        node('SequenceInsert', ['list', 'out'], ['list_next']),
      ],
      inputs: [
        { name: 'i', type: 'int64', dims: [] } as const,
        { name: 'go', type: 'bool', dims: [] } as const,
        sequence,
      ],
      outputs: [{ name: 'go', type: 'bool', dims: [] } as const, { ...sequence, name: 'list_next' }],
      initializers: new Map(),
    };
    const nodes = [
      constant('three', int64([], [3])),
      node('SequenceEmpty', [], ['empty']),
      node('Loop', ['three', '', 'empty'], ['all'], { body: { kind: 'graph', value: step } }),
      node('ConcatFromSequence', ['all'], ['y'], { axis: int(1), new_axis: int(1) }),
      node('ReduceSum', ['y'], ['loss'], { keepdims: int(0) }),
    ];
    const outputs: ValueInfo[] = [...Y(2, 3), { name: 'loss', type: 'float32', dims: [] }];
    const imported = importModel(writeModel(modelOf(nodes, outputs)));
    const results = await runOnce(imported, feeds);
    const rows = numbersOf(feeds['x']).map(Math.tanh);
    const expected = [0, 2, 4, 1, 3, 5].map((i) => rows[i] as number);
    for (const [i, value] of numbersOf(results['y']).entries()) expect(value).toBeCloseTo(expected[i]!, 5);
    const { analytic, numeric, scale } = await directional(imported, feeds, ['x'], 'float32');
    expect(Math.abs(analytic - numeric)).toBeLessThan(1e-2 * scale);
  });

  test('what is wrong or only data decides is refused', () => {
    const read =
      (...nodes: Node[]) =>
      () =>
        importModel(writeModel(modelOf([...numbers, ...nodes], Y(3, 2))));
    const s = node('SequenceConstruct', ['x'], ['s']);
    expect(read(s, node('SequenceAt', ['s', 'n1'], ['y']))).toThrow(
      'position 1 is outside of a sequence of 1',
    );
    expect(read(s, node('Neg', ['s'], ['y']))).toThrow('it takes a sequence of tensors');
    expect(read(node('SequenceAt', ['x', 'n0'], ['y']))).toThrow('input 0 is no sequence of tensors');
    const some = [
      node('ArgMax', ['x'], ['i'], { keepdims: int(0) }),
      node('ReduceMax', ['i'], ['at'], { keepdims: int(0) }),
    ];
    expect(read(s, ...some, node('SequenceAt', ['s', 'at'], ['y']))).toThrow(
      'the position in the sequence is computed from data',
    );
  });
});
