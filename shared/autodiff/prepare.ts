import { expandOperators } from '../onnx/expand/expand.ts';
import { trainingExpansionOf } from '../onnx/expand/recurrent/unroll.ts';
import type { Model, Node } from '../onnx/model.ts';
import { prune } from '../onnx/prune.ts';
import { pullBack } from './differentiate.ts';
import { deepConvolution } from './lowerings/deep-convolution.ts';
import { portableFormOf } from './portable/forms.ts';
import { withoutWholeNumbers } from './portable/whole-numbers.ts';
import type { LoweringTarget } from './registry.ts';
import { scanExpansions } from './scan/recurrent.ts';
import { sinkRelu } from './sink-relu.ts';

/**
 * Forms of the forward graph that are cheaper to differentiate and compute the same outputs: optional outputs that
 * the rules read instead of computing them again, Relu after MaxPool instead of before it, deep convolutions as products,
 * recurrent operators as Scan (for WebGPU unrolled), and, for WebGPU, what its provider lacks in other operators.
 */
export function prepare(model: Model, target: LoweringTarget): Model {
  const { graph, ...rest } = sinkRelu(expandOperators(model, { rowOf: rowsFor(target) }));
  const nodes = graph.nodes.map((node) => withUsefulOutputs(node, target));
  return { ...rest, graph: { ...graph, nodes } };
}

/** The form of a graph without gradients that a target runs without leaving its device. The same model elsewhere. */
export function portableModel(model: Model, target: LoweringTarget): Model {
  if (target !== 'webgpu') return model;
  // LSTM and GRU run there, RNN does not.
  const rowOf: typeof portableFormOf = (op, domain) =>
    op === 'RNN' ? trainingExpansionOf(op, domain) : portableFormOf(op, domain);
  const portable = withoutWholeNumbers(expandOperators(model, { rowOf }));
  return prune(
    portable,
    portable.graph.outputs.map(({ name }) => name),
  );
}

function rowsFor(target: LoweringTarget): typeof trainingExpansionOf {
  if (target !== 'webgpu') {
    const recurrent = scanExpansions(pullBack, target);
    return (op, domain) => (op === 'Conv' && domain === '' ? deepConvolution : recurrent(op, domain));
  }
  // Scan is not among what WebGPU runs.
  return (op, domain) => trainingExpansionOf(op, domain) ?? portableFormOf(op, domain);
}

function withUsefulOutputs(node: Node, target: LoweringTarget): Node {
  if (node.domain !== '') return node;
  switch (node.op) {
    case 'LayerNormalization':
      return named(node, ['', 'mean', 'inverse_deviation']);
    case 'Dropout':
      return node.inputs[2] ? named(node, ['', 'mask']) : node;
    case 'MaxPool':
      return target === 'webgpu' ? node : named(node, ['', 'indices']);
    default:
      return node;
  }
}

/** The node with all the outputs in `suffixes`, those that are absent named after the first. */
function named(node: Node, suffixes: readonly string[]): Node {
  const outputs = suffixes.map((suffix, k) => node.outputs[k] || `${node.outputs[0]}/${suffix}`);
  return { ...node, outputs };
}
