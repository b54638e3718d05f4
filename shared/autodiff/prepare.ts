import { expandOperators } from '../onnx/expand/expand.ts';
import { trainingExpansionOf } from '../onnx/expand/recurrent/unroll.ts';
import type { Model, Node, ValueType } from '../onnx/model.ts';
import { prune } from '../onnx/prune.ts';
import { inferGraph } from '../onnx/shapes/infer.ts';
import { pullBack } from './differentiate.ts';
import { deepConvolution } from './lowerings/deep-convolution.ts';
import { canPoolByRows, plainWindowOf, poolingByRows } from './lowerings/max-pool-rows.ts';
import { finishedForWebGpu } from './portable/finish.ts';
import { portableFormOf } from './portable/forms.ts';
import type { LoweringTarget } from './registry.ts';
import { scanExpansions } from './scan/recurrent.ts';
import { sinkRelu } from './sink-relu.ts';

/**
 * Forms of the forward graph that are cheaper to differentiate and compute the same outputs: optional outputs that
 * the rules read instead of computing them again, Relu after MaxPool instead of before it, deep convolutions as products,
 * recurrent operators as Scan (for WebGPU unrolled), and, for WebGPU, what its provider lacks in other operators.
 */
export function prepare(model: Model, target: LoweringTarget): Model {
  const { graph, ...rest } = expandOperators(sinkRelu(model), { rowOf: rowsFor(target) });
  const pools = target === 'cpu' && graph.nodes.some(({ op }) => op === 'MaxPool');
  const types: ReadonlyMap<string, ValueType> = pools ? inferGraph(graph).types : new Map();
  const nodes = graph.nodes.map((node) => withUsefulOutputs(node, target, types));
  return { ...rest, graph: { ...graph, nodes } };
}

/** The form of a graph without gradients that a target runs without leaving its device. The same model elsewhere. */
export function portableModel(model: Model, target: LoweringTarget): Model {
  if (target !== 'webgpu') return model;
  // LSTM and GRU run there, RNN does not.
  const rowOf: typeof portableFormOf = (op, domain) =>
    op === 'RNN' ? trainingExpansionOf(op, domain) : portableFormOf(op, domain);
  const portable = finishedForWebGpu(expandOperators(model, { rowOf }));
  return prune(
    portable,
    portable.graph.outputs.map(({ name }) => name),
  );
}

function rowsFor(target: LoweringTarget): typeof trainingExpansionOf {
  if (target !== 'webgpu') {
    const recurrent = scanExpansions(pullBack, target);
    const own = new Map([
      ['Conv', deepConvolution],
      ...(target === 'cpu' ? [['MaxPool', poolingByRows] as const] : []),
    ]);
    return (op, domain) => (domain === '' ? own.get(op) : undefined) ?? recurrent(op, domain);
  }
  // Scan is not among what WebGPU runs.
  return (op, domain) => trainingExpansionOf(op, domain) ?? portableFormOf(op, domain);
}

function withUsefulOutputs(node: Node, target: LoweringTarget, types: ReadonlyMap<string, ValueType>): Node {
  if (node.domain !== '') return node;
  switch (node.op) {
    case 'LayerNormalization':
      return named(node, ['', 'mean', 'inverse_deviation']);
    case 'Dropout':
      return node.inputs[2] ? named(node, ['', 'mask']) : node;
    case 'MaxPool':
      return target === 'webgpu' || poolsByRows(node, types) ? node : named(node, ['', 'indices']);
    default:
      return node;
  }
}

function poolsByRows(node: Node, types: ReadonlyMap<string, ValueType>): boolean {
  const input = types.get(node.inputs[0]!);
  const window = input && plainWindowOf(node, input.dims);
  return window !== undefined && canPoolByRows(input!, window);
}

/** The node with all the outputs in `suffixes`, those that are absent named after the first. */
function named(node: Node, suffixes: readonly string[]): Node {
  const outputs = suffixes.map((suffix, k) => node.outputs[k] || `${node.outputs[0]}/${suffix}`);
  return { ...node, outputs };
}
