import { tensorOfConstant } from '../../onnx/constants.ts';
import type { Graph, Node } from '../../onnx/model.ts';
import { sizeOf, type Tensor } from '../../onnx/tensor.ts';

/** A node that reads a weight, itself or what a chain of Transpose, Reshape, Cast and the like makes of it. */
export interface WeightUse {
  readonly node: Node;
  readonly index: number;
  /** The nodes between the weight and this one, in order. */
  readonly chain: readonly Node[];
}

/** A parameter of an imported model: its name in the file, its value and who reads it. */
export interface Weight {
  readonly name: string;
  readonly tensor: Tensor;
  /** A running mean or variance of batch normalisation: measured, not trained by gradient. */
  readonly isStatistic: boolean;
  readonly uses: readonly WeightUse[];
}

/** Inputs of operators where a float tensor is a weight, even if the exporter wrote it as a Constant. */
const WEIGHT_INPUTS: Readonly<Record<string, readonly number[]>> = {
  MatMul: [0, 1],
  Gemm: [0, 1, 2],
  Conv: [1, 2],
  ConvTranspose: [1, 2],
  BatchNormalization: [1, 2, 3, 4],
  InstanceNormalization: [1, 2],
  LayerNormalization: [1, 2],
  GroupNormalization: [1, 2],
  PRelu: [1],
  Gather: [0],
  LSTM: [1, 2, 3, 7],
  GRU: [1, 2, 3],
  RNN: [1, 2, 3],
};

/**
 * Inputs that configure an operator, or normalise data: what is subtracted from or divides a value is a mean or a spread
 * that the exporter stored; a weight there is so rare that the constant is the better guess.
 */
const SETTINGS: Readonly<Record<string, readonly number[] | 'all'>> = {
  Clip: [1, 2],
  ConstantOfShape: 'all',
  Div: [1],
  Dropout: [1],
  Equal: 'all',
  Greater: 'all',
  GreaterOrEqual: 'all',
  Less: 'all',
  LessOrEqual: 'all',
  Max: 'all',
  Min: 'all',
  OneHot: 'all',
  Pad: [2],
  Pow: 'all',
  Range: 'all',
  Resize: [1, 2],
  Sub: 'all',
  Tile: [1],
  Upsample: [1],
  Where: 'all',
};

/** Operators that hand a weight on to the one that uses it. */
const CARRIERS: ReadonlySet<string> = new Set([
  'Cast',
  'Flatten',
  'Identity',
  'Reshape',
  'Squeeze',
  'Transpose',
  'Unsqueeze',
]);

/** What adds a bias to: a Constant of one dimension beside their result is a weight. */
const BIASED: ReadonlySet<string> = new Set(['Conv', 'ConvTranspose', 'Gemm', 'MatMul']);

/**
 * The parameters of a graph, in order of first use: float32 initializers with dimensions that are no settings, and
 * Constants that feed a weight's place (exporters write folded weights so).
 */
export function findWeights(graph: Graph): Weight[] {
  const readers = readersOf(graph);
  const producers = new Map(
    graph.nodes.flatMap((node) => node.outputs.map((output) => [output, node] as const)),
  );
  const found = new Map<string, Weight>();
  const consider = (name: string, tensor: Tensor, isStored: boolean): void => {
    if (tensor.type !== 'float32' || tensor.dims.length === 0) return;
    const uses = usesOf(name, readers);
    const isWeight = uses.some((use) => isWeightInput(use) || isBias(use, producers));
    const isSetting = uses.every(({ node, index }) => isSettingInput(node, index));
    const isScalar = sizeOf(tensor.dims) === 1;
    if (isSetting || !(isWeight || (isStored && !isScalar))) return;
    const isStatistic = uses.some(({ node, index }) => node.op === 'BatchNormalization' && index >= 3);
    found.set(name, { name, tensor, isStatistic, uses });
  };
  for (const [name, tensor] of graph.initializers) consider(name, tensor, true);
  for (const node of graph.nodes) {
    const tensor = node.op === 'Constant' && node.domain === '' ? tensorOfConstant(node) : undefined;
    if (tensor) consider(node.outputs[0] as string, tensor, false);
  }
  const order = new Map<string, number>();
  graph.nodes.forEach(({ inputs }, position) => {
    for (const input of inputs) if (!order.has(input)) order.set(input, position);
  });
  return [...found.values()].sort((a, b) => (order.get(a.name) ?? 0) - (order.get(b.name) ?? 0));
}

type Readers = ReadonlyMap<string, readonly { readonly node: Node; readonly index: number }[]>;

function readersOf(graph: Graph): Readers {
  const readers = new Map<string, { node: Node; index: number }[]>();
  for (const node of graph.nodes) {
    node.inputs.forEach((input, index) => {
      const list = readers.get(input);
      if (list) list.push({ node, index });
      else readers.set(input, [{ node, index }]);
    });
  }
  return readers;
}

function usesOf(name: string, readers: Readers, chain: readonly Node[] = []): WeightUse[] {
  return (readers.get(name) ?? []).flatMap(({ node, index }) =>
    CARRIERS.has(node.op) && node.domain === '' && index === 0
      ? usesOf(node.outputs[0] as string, readers, [...chain, node])
      : [{ node, index, chain }],
  );
}

function isWeightInput({ node, index }: WeightUse): boolean {
  return node.domain === '' && (WEIGHT_INPUTS[node.op]?.includes(index) ?? false);
}

function isBias({ node, index }: WeightUse, producers: ReadonlyMap<string, Node>): boolean {
  if (node.op !== 'Add' || node.domain !== '') return false;
  return BIASED.has(producers.get(node.inputs[1 - index] ?? '')?.op ?? '');
}

function isSettingInput(node: Node, index: number): boolean {
  const settings = node.domain === '' ? SETTINGS[node.op] : undefined;
  return settings === 'all' || (settings?.includes(index) ?? false);
}
