import { ModelError } from './errors.ts';
import type { Graph, Model, Node, ValueInfo, ValueType } from './model.ts';
import { inferGraph } from './shapes/infer.ts';

/**
 * The part of a model that some values need: they become its outputs, in this order; nodes and initializers that
 * they do not depend on are dropped. Inputs stay, used or not: they are the model's signature.
 * @param keepOutputs outputs of the model, or any values inside it
 * @throws ModelError if there is no such value
 */
export function prune(model: Model, keepOutputs: readonly string[]): Model {
  const { graph } = model;
  const needed = new Set(keepOutputs);
  const nodes: Node[] = [];
  for (const node of [...graph.nodes].reverse()) {
    if (!node.outputs.some((output) => output !== '' && needed.has(output))) continue;
    for (const input of valuesUsedBy(node)) needed.add(input);
    nodes.push(node);
  }
  return {
    ...model,
    graph: {
      ...graph,
      nodes: nodes.reverse(),
      outputs: outputInfos(graph, keepOutputs),
      initializers: new Map([...graph.initializers].filter(([name]) => needed.has(name))),
    },
  };
}

/** Inputs of a node, with what the bodies of If, Loop and Scan capture. */
export function valuesUsedBy(node: Node): readonly string[] {
  const captured = Object.values(node.attributes).flatMap((attribute) =>
    attribute.kind === 'graph' ? capturedBy(attribute.value) : [],
  );
  return [...node.inputs, ...captured].filter((name) => name !== '');
}

/** The values that a body reads and does not define, each once. */
export function capturedBy(body: Graph): readonly string[] {
  const own = new Set([...body.inputs.map(({ name }) => name), ...body.initializers.keys()]);
  for (const { outputs } of body.nodes) for (const output of outputs) own.add(output);
  const read = [...body.nodes.flatMap(valuesUsedBy), ...body.outputs.map(({ name }) => name)];
  return [...new Set(read)].filter((name) => !own.has(name));
}

function outputInfos(graph: Graph, names: readonly string[]): ValueInfo[] {
  const declared = new Map(graph.outputs.map((output) => [output.name, output]));
  const { types } = names.every((name) => declared.has(name))
    ? { types: new Map<string, ValueType>() }
    : inferGraph(graph);
  return names.map((name) => {
    const type = types.get(name);
    const info = declared.get(name) ?? (type && { name, ...type });
    return info ?? fail(name);
  });
}

function fail(name: string): never {
  throw new ModelError(`the model has no value ${JSON.stringify(name)} to keep`);
}
