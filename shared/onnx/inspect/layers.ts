import type { Graph, Node, ValueType } from '../model.ts';
import type { Measured } from './measure.ts';

/** Operators that need no more than a name. */
const NAMES: Readonly<Record<string, string>> = {
  AveragePool: 'average pooling',
  BatchNormalization: 'batch normalisation',
  Dropout: 'dropout',
  Elu: 'ELU',
  Gelu: 'GELU',
  GlobalAveragePool: 'average over all positions',
  GlobalMaxPool: 'maximum over all positions',
  GroupNormalization: 'group normalisation',
  HardSwish: 'hard swish',
  InstanceNormalization: 'instance normalisation',
  LayerNormalization: 'layer normalisation',
  LeakyRelu: 'leaky ReLU',
  LogSoftmax: 'log-softmax',
  MaxPool: 'maximum pooling',
  Relu: 'ReLU',
  Resize: 'resizing',
  Sigmoid: 'sigmoid',
  Softmax: 'softmax',
  Tanh: 'tanh',
};

const RECURRENT: Readonly<Record<string, string>> = { LSTM: 'LSTM', GRU: 'GRU', RNN: 'recurrent layer' };

/** A line for each layer that is recognised, equal neighbours counted: `convolution 3 x 3, 1 to 8 channels`. */
export function layersOf(graph: Graph, { types, dependent }: Measured): string[] {
  const { nodes } = graph;
  const lines: { text: string; times: number }[] = [];
  for (const node of nodes) {
    const text = layerOf(
      node,
      (i) => stored(node, i),
      (i) => types.get(node.inputs[i] ?? ''),
    );
    const last = lines.at(-1);
    if (text === undefined) continue;
    if (last?.text === text) last.times += 1;
    else lines.push({ text, times: 1 });
  }
  const layers = lines.map(({ text, times }) => (times > 1 ? `${times} x ${text}` : text));
  return [...layers, ...fixedScales(graph)];

  /** The type of an input that no input of the graph decides: a weight, or what is made of weights. */
  function stored(node: Node, index: number): ValueType | undefined {
    const name = node.inputs[index] ?? '';
    return dependent.has(name) ? undefined : types.get(name);
  }
}

/** Outputs that end in fixed numbers: a target that was scaled for training comes back to the units of its table. */
function fixedScales({ nodes, outputs }: Graph): string[] {
  const producers = new Map(nodes.flatMap((node) => node.outputs.map((name) => [name, node] as const)));
  /** What goes into an operator beside a constant. */
  const before = (name: string, op: string): string | undefined => {
    const node = producers.get(name);
    const [value, fixed] = node?.inputs ?? [];
    return node?.op === op && producers.get(fixed ?? '')?.op === 'Constant' ? value : undefined;
  };
  return outputs.flatMap(({ name }) => {
    let end = name;
    for (let node = producers.get(end); node?.op === 'Identity'; node = producers.get(end))
      end = node.inputs[0]!;
    const multiplied = before(end, 'Add') ?? end;
    if (before(multiplied, 'Mul') === undefined) return [];
    const sum = multiplied === end ? '' : ', and a fixed one added';
    return [`${name} times a fixed number${sum}: back to the units of a table`];
  });
}

type TypeOf = (index: number) => ValueType | undefined;

function layerOf(node: Node, stored: TypeOf, typeOf: TypeOf): string | undefined {
  const { op, attributes } = node;
  switch (op) {
    case 'MatMul': {
      const w = stored(1) ?? stored(0);
      if (w === undefined) return typeOf(1) && 'product of two computed matrices, as in attention';
      return w.dims.length >= 2 ? `dense layer, ${w.dims.at(-2)} to ${w.dims.at(-1)}` : undefined;
    }
    case 'Gemm': {
      const w = stored(1);
      const flipped = attributes['transB']?.kind === 'int' && attributes['transB'].value === 1;
      const [rows, columns] = w?.dims ?? [];
      if (w === undefined) return undefined;
      return flipped ? `dense layer, ${columns} to ${rows}` : `dense layer, ${rows} to ${columns}`;
    }
    case 'Conv':
    case 'ConvTranspose': {
      const w = stored(1);
      if (w === undefined) return undefined;
      const [first, second, ...kernel] = w.dims;
      const groups = attributes['group']?.kind === 'int' ? attributes['group'].value : 1;
      const across = (dim: unknown) => (typeof dim === 'number' ? dim * groups : dim);
      const [into, out] = op === 'Conv' ? [across(second), first] : [first, across(second)];
      const kind = op === 'Conv' ? 'convolution' : 'transposed convolution';
      const grouped = groups > 1 ? ` in ${groups} groups` : '';
      return `${kind} ${kernel.join(' x ')}, ${into} to ${out} channels${grouped}`;
    }
    case 'Gather': {
      const w = stored(0);
      const isTable = w?.type === 'float32' && w.dims.length === 2 && stored(1) === undefined;
      return isTable ? `embedding, ${w.dims[0]} entries of ${w.dims[1]} numbers` : undefined;
    }
    case 'LSTM':
    case 'GRU':
    case 'RNN': {
      const [x, r] = [typeOf(0), typeOf(2)];
      const both = r?.dims[0] === 2 ? ', both directions' : '';
      return `${RECURRENT[op]}, ${x?.dims.at(-1)} to ${r?.dims.at(-1)}${both}`;
    }
    default:
      return Object.hasOwn(NAMES, op) ? NAMES[op] : undefined;
  }
}
