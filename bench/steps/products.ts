import { gradientModel } from '../../shared/autodiff/gradient-model.ts';
import { buildModel } from '../../shared/nn/model.ts';
import { operationsOf } from '../../shared/onnx/inspect/operations.ts';
import type { Graph, Node, ValueInfo, ValueType } from '../../shared/onnx/model.ts';
import { inferNode, type Knowledge } from '../../shared/onnx/shapes/infer.ts';
import { knownOf } from '../../shared/onnx/shapes/known.ts';
import { LOSS as LOSS_OUTPUT } from '../../shared/programs/program.ts';
import { trainingProgram } from '../../shared/programs/train.ts';
import { type BenchModel, LOSS, MODELS, type ModelName } from '../models.ts';

/**
 * Floating-point operations of the matrix products and convolutions of one step: of the graph that the engine derives for
 * the gradients, as it is written there. A multiply-add is two.
 */
export function productsOfStep(name: ModelName): number {
  const { model, features, target, batch }: BenchModel = MODELS[name];
  const program = trainingProgram(buildModel(model, features, target, 7), LOSS, target);
  const { graph } = gradientModel(program.model, LOSS_OUTPUT, program.differentiate, 'cpu');
  const sized = withBatch(graph, batch);
  return 2 * multiplyAdds(sized, new Map(sized.inputs.map((input) => [input.name, input])));
}

/** The graph for so many examples, with the bodies in it, which say themselves how large their outputs are. */
function withBatch(graph: Graph, batch: number): Graph {
  const info = (value: ValueInfo): ValueInfo => ({
    ...value,
    dims: value.dims.map((dim) => (dim === 'batch' ? batch : dim)),
  });
  const nodes = graph.nodes.map((node) => {
    const body = node.attributes['body'];
    if (body?.kind !== 'graph') return node;
    const value = withBatch(body.value, batch);
    return { ...node, attributes: { ...node.attributes, body: { ...body, value } } };
  });
  return { ...graph, nodes, inputs: graph.inputs.map(info), outputs: graph.outputs.map(info) };
}

/** @param types of the graph's inputs, and of a body all that is around it */
function multiplyAdds(graph: Graph, types: Map<string, ValueType>): number {
  const knowledge: Knowledge = { types, known: new Map() };
  for (const [name, tensor] of graph.initializers) {
    types.set(name, tensor);
    const known = knownOf(tensor);
    if (known) knowledge.known.set(name, known);
  }
  let sum = 0;
  for (const node of graph.nodes) {
    inferNode(node, knowledge);
    const inputs = node.inputs.map((name) => types.get(name));
    const outputs = node.outputs.map((name) => types.get(name));
    const symbol = outputs.flatMap((type) => type?.dims ?? []).find((dim) => typeof dim === 'string');
    if (symbol !== undefined)
      throw new Error(`the size ${symbol} of what node ${node.name} gives is not known`);
    sum += node.op === 'Scan' ? scanned(node, types) : operationsOf(node, inputs, outputs).multiplyAdds;
  }
  return sum;
}

/** The body, as often as there are slices. */
function scanned(node: Node, around: ReadonlyMap<string, ValueType>): number {
  const body = node.attributes['body'];
  const count = node.attributes['num_scan_inputs'];
  if (body?.kind !== 'graph' || count?.kind !== 'int') throw new Error(`${node.name} is no Scan`);
  const slices = around.get(node.inputs[node.inputs.length - count.value] ?? '');
  const types = new Map([...around, ...body.value.inputs.map((input) => [input.name, input] as const)]);
  return Number(slices?.dims[0]) * multiplyAdds(body.value, types);
}
