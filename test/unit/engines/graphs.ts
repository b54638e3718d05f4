import { readFileSync } from 'node:fs';
import type { AttributeValue, Dim, Model, Node, ValueInfo } from '../../../shared/onnx/model.ts';
import { type DataType, float32, int64, type Tensor } from '../../../shared/onnx/tensor.ts';

export function value(name: string, dims: readonly Dim[], type: DataType = 'float32'): ValueInfo {
  return { name, type, dims };
}

export function node(
  op: string,
  inputs: readonly string[],
  outputs: readonly string[],
  attributes: Readonly<Record<string, AttributeValue>> = {},
): Node {
  return { name: `${op}_${outputs[0]}`, op, domain: '', inputs, outputs, attributes };
}

export function constant(name: string, tensor: Tensor): Node {
  return node('Constant', [], [name], { value: { kind: 'tensor', value: tensor } });
}

export function graph(
  name: string,
  inputs: readonly ValueInfo[],
  outputs: readonly ValueInfo[],
  nodes: readonly Node[],
): Model {
  return {
    irVersion: 9,
    opsets: { '': 20 },
    producer: 'test',
    metadata: {},
    graph: { name, inputs, outputs, nodes, initializers: new Map() },
  };
}

/** y = 2 x + b, z = x + b (float32), and t = target + 1 (int64). */
export const affine: Model = graph(
  'affine',
  [value('x', ['batch', 3]), value('b', [3]), value('target', ['batch'], 'int64')],
  [value('y', ['batch', 3]), value('z', ['batch', 3]), value('t', ['batch'], 'int64')],
  [
    constant('two', float32([], [2])),
    constant('one', int64([], [1])),
    node('Mul', ['x', 'two'], ['doubled']),
    node('Add', ['doubled', 'b'], ['y']),
    node('Add', ['x', 'b'], ['z']),
    node('Add', ['target', 'one'], ['t']),
  ],
);

/** The sum over the batch of -log softmax(logits)[target]. */
function crossEntropy(classes: number): Node[] {
  return [
    constant(
      'classes',
      int64(
        [classes],
        Array.from({ length: classes }, (_, label) => label),
      ),
    ),
    constant('last', int64([1], [-1])),
    node('Unsqueeze', ['target', 'last'], ['column']),
    node('Equal', ['column', 'classes'], ['matches']),
    node('Cast', ['matches'], ['onehot'], { to: { kind: 'int', value: 1 } }),
    node('LogSoftmax', ['logits'], ['logp'], { axis: { kind: 'int', value: -1 } }),
    node('Mul', ['logp', 'onehot'], ['picked']),
    node('ReduceSum', ['picked'], ['total'], { keepdims: { kind: 'int', value: 0 } }),
    node('Neg', ['total'], ['loss']),
  ];
}

export const mlp: Model = graph(
  'mlp',
  [
    value('x', ['batch', 5]),
    value('target', ['batch'], 'int64'),
    value('dense1.weight', [5, 8]),
    value('dense1.bias', [8]),
    value('dense2.weight', [8, 3]),
    value('dense2.bias', [3]),
  ],
  [value('logits', ['batch', 3]), value('loss', [])],
  [
    node('Gemm', ['x', 'dense1.weight', 'dense1.bias'], ['h1']),
    node('Relu', ['h1'], ['h2']),
    node('Gemm', ['h2', 'dense2.weight', 'dense2.bias'], ['logits']),
    ...crossEntropy(3),
  ],
);

const ints = (...values: number[]): AttributeValue => ({ kind: 'ints', value: values });

export const cnn: Model = graph(
  'cnn',
  [
    value('x', ['batch', 2, 8, 8]),
    value('target', ['batch'], 'int64'),
    value('conv1.weight', [4, 2, 3, 3]),
    value('conv1.bias', [4]),
    value('conv2.weight', [5, 4, 3, 3]),
    value('conv2.bias', [5]),
    value('dense.weight', [20, 4]),
    value('dense.bias', [4]),
  ],
  [value('logits', ['batch', 4]), value('loss', [])],
  [
    node('Conv', ['x', 'conv1.weight', 'conv1.bias'], ['c1'], {
      kernel_shape: ints(3, 3),
      pads: ints(1, 1, 1, 1),
    }),
    node('Relu', ['c1'], ['r1']),
    node('MaxPool', ['r1'], ['p1'], { kernel_shape: ints(2, 2), strides: ints(2, 2) }),
    node('Conv', ['p1', 'conv2.weight', 'conv2.bias'], ['c2'], {
      kernel_shape: ints(3, 3),
      strides: ints(2, 2),
      pads: ints(1, 1, 1, 1),
    }),
    node('Tanh', ['c2'], ['t2']),
    node('Flatten', ['t2'], ['flat'], { axis: { kind: 'int', value: 1 } }),
    node('Gemm', ['flat', 'dense.weight', 'dense.bias'], ['logits']),
    ...crossEntropy(4),
  ],
);

interface Stored {
  readonly dims: number[];
  readonly data: number[];
}

/** Feeds of a network, and what PyTorch computed from them in float64: see test/data/engines/make.py. */
export function stored(name: 'mlp' | 'cnn'): {
  feeds: Record<string, Tensor>;
  outputs: Record<string, Tensor>;
} {
  const url = new URL(`../../data/engines/${name}.json`, import.meta.url);
  const file = JSON.parse(readFileSync(url, 'utf8')) as {
    feeds: Record<string, Stored>;
    outputs: Record<string, Stored>;
  };
  const tensors = (from: Record<string, Stored>) =>
    Object.fromEntries(
      Object.entries(from).map(([key, { dims, data }]) => [
        key,
        key === 'target' ? int64(dims, data) : float32(dims, data),
      ]),
    );
  return { feeds: tensors(file.feeds), outputs: tensors(file.outputs) };
}

/** ‖a − b‖₂ / ‖b‖₂ */
export function relativeDistance(a: ArrayLike<number>, b: ArrayLike<number>): number {
  let difference = 0;
  let norm = 0;
  for (let index = 0; index < b.length; index++) {
    difference += (a[index]! - b[index]!) ** 2;
    norm += b[index]! ** 2;
  }
  return Math.sqrt(difference / norm);
}
