import type { Model, Node } from '../onnx/model.ts';
import { valuesUsedBy } from '../onnx/prune.ts';
import { inferGraph } from '../onnx/shapes/infer.ts';

/**
 * The model without the Reshape at the end of the outputs `names`: they come in the shape that they are computed in, the
 * same numbers in the same order. A Reshape costs nothing inside a graph; one whose result is an output copies it (of
 * ResNet-18's gradient, whose deep convolutions are products of matrices, 36 MB in each step).
 *
 * @returns a model whose outputs tell their shape
 */
export function withUnshapedOutputs(model: Model, names: readonly string[]): Model {
  const { graph } = model;
  const producers = new Map(graph.nodes.flatMap((node) => node.outputs.map((name) => [name, node] as const)));
  const inside = new Set(graph.nodes.flatMap(valuesUsedBy));
  const outputs = new Map(graph.outputs.map(({ name, dims }) => [name, dims]));
  const renamed = new Map<string, string>();
  const dropped = new Set<Node>();
  for (const name of names) {
    // What follows the batch comes as it is asked for: nobody could tell its other shape before it is there.
    if (outputs.get(name)?.some((dim) => typeof dim !== 'number')) continue;
    const reshape = producers.get(name);
    const source = isReshape(reshape) ? reshape.inputs[0]! : undefined;
    // What is an input, a constant or an output by itself can be no other output without a copy.
    const producer = source === undefined ? undefined : producers.get(source);
    if (source === undefined || producer === undefined || producer.op === 'Constant') continue;
    if (outputs.has(source) || renamed.has(source) || inside.has(name)) continue;
    renamed.set(source, name);
    dropped.add(reshape as Node);
  }
  if (renamed.size === 0) return model;
  const nameOf = (value: string) => renamed.get(value) ?? value;
  const nodes = graph.nodes
    .filter((node) => !dropped.has(node))
    .map((node): Node => ({ ...node, inputs: node.inputs.map(nameOf), outputs: node.outputs.map(nameOf) }));
  const { types } = inferGraph({ ...graph, nodes });
  return {
    ...model,
    graph: {
      ...graph,
      nodes,
      outputs: graph.outputs.map((output) => ({ ...output, ...types.get(output.name) })),
    },
  };
}

function isReshape(node: Node | undefined): node is Node {
  return node?.op === 'Reshape' && node.domain === '';
}
