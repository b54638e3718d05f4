import { describe, expect, test } from 'vitest';
import { gradientModel } from '../../../../shared/autodiff/gradient-model.ts';
import { importModel } from '../../../../shared/onnx/import.ts';
import type { AttributeValue, Graph, Model, Node, ValueInfo } from '../../../../shared/onnx/model.ts';
import { float32, int64, type Tensor, type TensorMap } from '../../../../shared/onnx/tensor.ts';
import { writeModel } from '../../../../shared/onnx/write.ts';
import { directional } from '../../autodiff/numeric.ts';
import { distance, numbersOf, runOnce } from '../../autodiff/run.ts';

const int = (value: number): AttributeValue => ({ kind: 'int', value });
const ints = (...value: number[]): AttributeValue => ({ kind: 'ints', value });
const body = (value: Graph): AttributeValue => ({ kind: 'graph', value });
const info = (name: string, dims: ValueInfo['dims'], type: ValueInfo['type'] = 'float32'): ValueInfo => ({
  name,
  type,
  dims,
});
const node = (
  op: string,
  inputs: string[],
  outputs: string[],
  attributes: Record<string, AttributeValue> = {},
): Node => ({ name: `${outputs[0]}_node`, op, domain: '', inputs, outputs, attributes });
const constant = (name: string, value: Tensor) =>
  node('Constant', [], [name], { value: { kind: 'tensor', value } });
const bool = (value: number): Tensor => ({ type: 'bool', dims: [], data: Uint8Array.of(value) });

function graph(
  nodes: Node[],
  inputs: ValueInfo[],
  outputs: ValueInfo[],
  initializers: [string, Tensor][] = [],
): Graph {
  return { name: 'g', nodes, inputs, outputs, initializers: new Map(initializers) };
}

const model = (value: Graph): Model => ({
  irVersion: 9,
  opsets: { '': 20 },
  producer: 'test',
  graph: value,
  metadata: {},
});

/** What our import makes of a model computes what ONNX Runtime computes for the model itself. */
async function sameAsOnnxRuntime(source: Model, feeds: TensorMap): Promise<Model> {
  const imported = importModel(writeModel(source));
  expect(imported.graph.nodes.filter(({ op }) => ['If', 'Loop', 'Scan'].includes(op))).toEqual([]);
  expect(imported.graph.outputs).toEqual(source.graph.outputs);
  const [own, expected] = [await runOnce(imported, feeds), await runOnce(source, feeds)];
  for (const { name } of source.graph.outputs) {
    expect(own[name]?.dims).toEqual(expected[name]?.dims);
    const { error, size } = distance(numbersOf(own[name]), numbersOf(expected[name]));
    expect(size).toBeGreaterThan(0);
    expect(error / size).toBeLessThan(1e-6);
  }
  return imported;
}

async function gradientIsRight(imported: Model, feeds: TensorMap, wanted: string[]): Promise<void> {
  const { analytic, numeric, scale } = await directional(imported, feeds, wanted, 'float32');
  expect(Math.abs(analytic - numeric)).toBeLessThan(1e-2 * scale);
}

const X = float32([2, 3], [0.5, -1.25, 2, 0.75, 1.5, -0.5]);
const W = float32([3, 3], [0.2, -0.4, 0.1, 0.7, 0.3, -0.6, 0.5, 0.9, -0.1]);
const SUM = node('ReduceSum', ['y'], ['loss'], { keepdims: int(0) });
const LOSS = info('loss', []);

/** h = tanh(h w + i x), three times or as `count` says, keeping each h. `w` and `x` are of the graph outside. */
function loop(count: Tensor, condition: Node[], input: string, more: Node[] = []): Model {
  const step = graph(
    [
      node('MatMul', ['h', 'w'], ['hw']),
      node('Cast', ['i'], ['scale'], { to: int(1) }),
      node('Mul', ['x', 'scale'], ['ix']),
      node('Add', ['hw', 'ix'], ['sum']),
      node('Tanh', ['sum'], ['h_next']),
      ...more,
      ...condition,
    ],
    [info('i', [], 'int64'), info('go', [], 'bool'), info('h', [2, 3])],
    [info(more.length ? 'go_next' : 'go', [], 'bool'), info('h_next', [2, 3]), info('h_next', [2, 3])],
  );
  if (condition.length) (step.outputs as ValueInfo[])[0] = info('go_next', [], 'bool');
  return model(
    graph(
      [
        constant('count', count),
        constant('true', bool(1)),
        node('Loop', ['count', input, 'x'], ['y', 'all'], { body: body(step) }),
        SUM,
      ],
      [info('x', [2, 3]), info('w', [3, 3])],
      [LOSS, info('y', [2, 3]), info('all', ['steps', 2, 3])],
    ),
  );
}

describe('Loop', () => {
  const feeds = { x: X, w: W };

  test('a constant number of times, values of the graph outside read in the body', async () => {
    const imported = await sameAsOnnxRuntime(loop(int64([], [3]), [], 'true'), feeds);
    expect(imported.graph.nodes.filter(({ op }) => op === 'Tanh')).toHaveLength(3);
    await gradientIsRight(imported, feeds, ['x', 'w']);
  });

  test('no condition, and more repetitions than one Concat takes', async () => {
    const imported = await sameAsOnnxRuntime(loop(int64([], [19]), [], ''), feeds);
    const widest = imported.graph.nodes
      .filter(({ op }) => op === 'Concat')
      .map(({ inputs }) => inputs.length);
    expect(Math.max(...widest)).toBeLessThanOrEqual(8);
    expect(widest.length).toBeGreaterThan(1);
  });

  test('until a condition over the iteration says so', async () => {
    const until = [constant('last', int64([], [4])), node('Less', ['i', 'last'], ['go_next'])];
    const imported = await sameAsOnnxRuntime(loop(int64([], [100]), until, 'true'), feeds);
    expect(imported.graph.nodes.filter(({ op }) => op === 'Tanh')).toHaveLength(5);
    await gradientIsRight(imported, feeds, ['x', 'w']);
  });

  test('also on wasm', async () => {
    const gradient = gradientModel(importModel(writeModel(loop(int64([], [3]), [], 'true'))), 'loss', ['w']);
    const [cpu, wasm] = [await runOnce(gradient, feeds), await runOnce(gradient, feeds, 'wasm')];
    const { error, size } = distance(numbersOf(wasm['w_grad']), numbersOf(cpu['w_grad']));
    expect(error / size).toBeLessThan(1e-5);
  });

  test('what only data decides, or is too much, is refused with what would help', () => {
    const read = (source: Model) => () => importModel(writeModel(source));
    expect(read(loop(int64([], [10_000_000]), [], 'true'))).toThrow(
      'its 10000000 repetitions of 5 nodes are too many to write out',
    );
    const data = [
      node('ReduceSum', ['h_next'], ['total'], { keepdims: int(0) }),
      constant('zero', float32([], [0])),
      node('Less', ['total', 'zero'], ['go_next']),
    ];
    expect(read(loop(int64([], [4]), data, 'true'))).toThrow(
      'whether it goes on after 1 repetitions is computed from data',
    );
    const source = loop(int64([], [4]), [], 'true');
    const dynamic = { ...source.graph, inputs: [...source.graph.inputs, info('count', [], 'int64')] };
    const nodes = source.graph.nodes.filter(({ outputs }) => outputs[0] !== 'count');
    expect(read(model({ ...dynamic, nodes }))).toThrow('its trip count is computed from data');
    const empty = loop(int64([], [0]), [], 'true');
    expect(read(empty)).toThrow('it runs 0 times, so the shape of its output 1 is not known');
  });

  test('loops in loops multiply: the limit counts what is written', () => {
    const inner = (depth: number): Node => {
      const nodes = depth === 0 ? [node('Neg', ['h'], ['h_next'])] : [inner(depth - 1)];
      const step = graph(
        nodes,
        [info('i', [], 'int64'), info('go', [], 'bool'), info('h', [1])],
        [info('go', [], 'bool'), info('h_next', [1])],
      );
      const h = depth === 6 ? 'x' : 'h';
      return node('Loop', ['count', '', h], [depth === 6 ? 'y' : 'h_next'], { body: body(step) });
    };
    const source = model(
      graph([constant('count', int64([], [100])), inner(6)], [info('x', [1])], [info('y', [1])]),
    );
    const read = () => importModel(writeModel(source), { mostNodes: 2000 });
    expect(read).toThrow('the model would have more than 2000 nodes');
  });
});

/** Cumulative sums of the rows of `x`, and their doubles. */
function scan(attributes: Record<string, AttributeValue>, first: number[], steps: number): Model {
  const step = graph(
    [
      node('Add', ['state', 'row'], ['next']),
      node('Identity', ['next'], ['kept']),
      node('Mul', ['next', 'two'], ['twice']),
    ],
    [info('state', first), info('row', first)],
    [info('next', first), info('kept', first), info('twice', first)],
    [['two', float32([1], [2])]],
  );
  return model(
    graph(
      [
        node('Scan', ['start', 'x'], ['y', 'all', 'doubled'], {
          body: body(step),
          num_scan_inputs: int(1),
          ...attributes,
        }),
        SUM,
      ],
      [info('start', first), info('x', [2, 3])],
      [LOSS, info('y', first), info('all', steps === 2 ? [2, 3] : [3, 2]), info('doubled', ['a', 'b'])],
    ),
  );
}

test('loops without nodes, in each other, end', () => {
  const empty = (depth: number): Graph => ({
    name: 'g',
    nodes:
      depth === 0 ? [] : [node('Loop', ['count', '', 'x'], [`y${depth}`], { body: body(empty(depth - 1)) })],
    inputs: [info(`i${depth}`, [], 'int64'), info(`go${depth}`, [], 'bool'), info(`h${depth}`, [1])],
    outputs: [info(`go${depth}`, [], 'bool'), info(`h${depth}`, [1])],
    initializers: new Map(),
  });
  const nodes = [
    constant('count', int64([], [9999])),
    node('Loop', ['count', '', 'x'], ['y'], { body: body(empty(6)) }),
  ];
  const source = model(graph(nodes, [info('x', [1])], [info('y', [1])]));
  const read = () => importModel(writeModel(source), { mostNodes: 20_000 });
  expect(read).toThrow('the model would have more than 20000 nodes');
});

describe('Scan', () => {
  test('over the first axis', async () => {
    const feeds = { x: X, start: float32([3], [0.1, 0.2, 0.3]) };
    const imported = await sameAsOnnxRuntime(scan({}, [3], 2), feeds);
    await gradientIsRight(imported, feeds, ['x', 'start']);
    expect([...imported.graph.initializers.keys()]).toEqual(['two']);
  });

  test('over another axis, backward, outputs along another axis and backward', async () => {
    const attributes = {
      scan_input_axes: ints(-1),
      scan_input_directions: ints(1),
      scan_output_axes: ints(0, 1),
      scan_output_directions: ints(0, 1),
    };
    const feeds = { x: X, start: float32([2], [0.1, 0.2]) };
    const imported = await sameAsOnnxRuntime(scan(attributes, [2], 3), feeds);
    await gradientIsRight(imported, feeds, ['x', 'start']);
  });

  test('a length that is not known is refused', () => {
    const source = scan({}, [3], 2);
    const inputs = source.graph.inputs.map((input) => (input.name === 'x' ? info('x', ['time', 3]) : input));
    expect(() => importModel(writeModel(model({ ...source.graph, inputs })))).toThrow(
      'dimension 0 of input 1 [time, 3] must be a number: export the model with a fixed size there',
    );
  });
});

/** y = x w or x + 1, by `condition`. */
function branches(
  before: Node[],
  other = graph([node('Add', ['x', 'one'], ['b'])], [], [info('b', [2, 3])], [['one', float32([1], [1])]]),
): Model {
  const yes = graph([node('MatMul', ['x', 'w'], ['a'])], [], [info('a', [2, 3])]);
  return model(
    graph(
      [
        ...before,
        node('If', ['condition'], ['y'], { then_branch: body(yes), else_branch: body(other) }),
        SUM,
      ],
      [info('x', [2, 3]), info('w', [3, 3])],
      [LOSS, info('y', [2, 3])],
    ),
  );
}

describe('If', () => {
  const feeds = { x: X, w: W };
  const positive = [
    node('ReduceSum', ['x'], ['total'], { keepdims: int(0) }),
    constant('zero', float32([], [0])),
    node('Greater', ['total', 'zero'], ['condition']),
  ];

  test.each([0, 1])('a constant condition (%i) takes one branch', async (value) => {
    const imported = await sameAsOnnxRuntime(branches([constant('condition', bool(value))]), feeds);
    expect(imported.graph.nodes.map(({ op }) => op)).toEqual([value ? 'MatMul' : 'Add', 'ReduceSum']);
  });

  test('a condition that follows from shapes takes one branch', async () => {
    const before = [
      node('Shape', ['x'], ['shape']),
      constant('first', int64([], [0])),
      node('Gather', ['shape', 'first'], ['rows']),
      constant('two', int64([], [2])),
      node('Equal', ['rows', 'two'], ['condition']),
    ];
    const imported = await sameAsOnnxRuntime(branches(before), feeds);
    expect(imported.graph.nodes.map(({ op }) => op)).toEqual(['MatMul', 'ReduceSum']);
  });

  test.each([1, -1])(
    'a condition of the data (%i) chooses, and the gradient goes the same way',
    async (sign) => {
      const given = {
        ...feeds,
        x: float32(
          [2, 3],
          (X.data as Float32Array).map((value) => value * sign),
        ),
      };
      const imported = await sameAsOnnxRuntime(branches(positive), given);
      expect(imported.graph.nodes.map(({ op }) => op)).toContain('Where');
      const gradient = await runOnce(gradientModel(imported, 'loss', ['w']), given);
      expect(numbersOf(gradient['w_grad']).some((value) => value !== 0)).toBe(sign > 0);
      await gradientIsRight(imported, given, ['x']);
    },
  );

  test('branches of two shapes are refused where data chooses', () => {
    const other = graph([node('ReduceSum', ['x'], ['b'], { keepdims: int(0) })], [], [info('b', [])]);
    expect(() => importModel(writeModel(branches(positive, other)))).toThrow(
      'output 0 is float32[2, 3] in one branch, float32[] in the other',
    );
  });

  test('a branch that reads what is not there', () => {
    const other = graph([node('Neg', ['nothing'], ['b'])], [], [info('b', [2, 3])]);
    expect(() => importModel(writeModel(branches(positive, other)))).toThrow(
      'its input "nothing" is not defined by any node before it',
    );
  });
});
