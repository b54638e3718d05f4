import type { GraphBuilder } from '../onnx/builder.ts';
import type { Model, Node } from '../onnx/model.ts';
import { valuesUsedBy } from '../onnx/prune.ts';
import { copyNode, type Rewrite } from './copy-graph.ts';

/** A part of a graph: what leads from some values to another one. */
export interface Cut {
  /** Values that the part begins with, and what stands in for them. */
  readonly inputs: Readonly<Record<string, string>>;
  readonly output: string;
  /** Of the names of the copy's nodes and values, so that a part can be there several times. */
  readonly prefix: string;
}

/**
 * Copies a part of a model's graph into a builder that has the model's weights, under the same names, already.
 *
 * @returns the copy of the output
 * @throws Error when the part needs an input of the graph that nothing stands in for
 */
export function copyNetwork(
  builder: GraphBuilder,
  { graph }: Model,
  { inputs, output, prefix }: Cut,
  rewrites: Readonly<Record<string, Rewrite>> = {},
): string {
  const nodes = leadingTo(graph.nodes, output, inputs);
  const made = new Set(nodes.flatMap((node) => node.outputs));
  const strange = nodes.flatMap(valuesUsedBy).find((value) => {
    const isKnown = made.has(value) || Object.hasOwn(inputs, value) || graph.initializers.has(value);
    return !isKnown;
  });
  if (strange !== undefined) throw new Error(`'${output}' depends on the input '${strange}'`);
  const renamed = (value: string): string => inputs[value] ?? (made.has(value) ? `${prefix}${value}` : value);
  for (const node of nodes) {
    const copy: Node = {
      ...node,
      name: `${prefix}${node.name}`,
      inputs: node.inputs.map(renamed),
      outputs: node.outputs.map(renamed),
    };
    const rewrite = node.domain === '' ? rewrites[node.op] : undefined;
    if (rewrite) rewrite(builder, copy);
    else copyNode(builder, copy);
  }
  return renamed(output);
}

/** Nodes that a value needs, in order, back to the values that are given. */
function leadingTo(
  nodes: readonly Node[],
  value: string,
  given: Readonly<Record<string, string>>,
): readonly Node[] {
  const needed = new Set([value]);
  const part: Node[] = [];
  for (const node of [...nodes].reverse()) {
    if (!node.outputs.some((output) => needed.has(output) && !Object.hasOwn(given, output))) continue;
    for (const input of valuesUsedBy(node)) needed.add(input);
    part.push(node);
  }
  return part.reverse();
}
