import type { GraphBuilder } from '../onnx/builder.ts';
import type { Model, Node } from '../onnx/model.ts';
import type { ParameterLayout } from '../parameters/layout.ts';

/** Replaces a node: adds others that end in a value of the name `node.outputs[0]`. */
export type Rewrite = (builder: GraphBuilder, node: Node) => void;

/**
 * Copies a model's graph into a builder, its parameters as inputs of their layout names, so that the same compiled
 * program runs with ever new weights. Nodes with a rewrite for their operator are replaced.
 *
 * @returns the names of the model's input and its outputs
 */
export function copyGraph(
  builder: GraphBuilder,
  model: Model,
  layout: ParameterLayout,
  rewrites: Readonly<Record<string, Rewrite>> = {},
): { readonly input: string; readonly outputs: readonly string[] } {
  const { graph } = model;
  const parameters = new Set(layout.entries.map(({ name }) => name));
  const [input] = graph.inputs;
  if (input === undefined || graph.outputs.length === 0)
    throw new Error(`The model ${graph.name} has no input or no output.`);
  builder.reserve(graph.nodes.flatMap(({ outputs }) => outputs));
  builder.input(input.name, input.type, input.dims);
  for (const { name, dims } of layout.entries) builder.input(name, 'float32', dims);
  for (const [name, tensor] of graph.initializers) {
    if (!parameters.has(name)) builder.initializer(name, tensor);
  }
  for (const node of graph.nodes) {
    const rewrite = node.domain === '' ? rewrites[node.op] : undefined;
    if (rewrite) rewrite(builder, node);
    else copyNode(builder, node);
  }
  return { input: input.name, outputs: graph.outputs.map(({ name }) => name) };
}

export function copyNode(builder: GraphBuilder, node: Node): void {
  const { op, inputs, attributes, outputs, name, domain } = node;
  builder.node(op, inputs, attributes, { outputs, name, domain });
}
