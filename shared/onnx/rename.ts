import { ModelError } from './errors.ts';
import type { AttributeValue, Dim, Graph, Model, Node, ValueInfo } from './model.ts';
import { capturedBy } from './prune.ts';

/**
 * Renames values (inputs, outputs, initializers, what nodes compute) everywhere they occur. Two may swap names.
 * @throws ModelError if a new name is taken by a value that keeps it, or given twice
 */
export function renameValues(model: Model, names: ReadonlyMap<string, string>): Model {
  const { graph } = model;
  const owners = new Map<string, string>();
  for (const value of definitions(graph)) {
    const name = names.get(value) ?? value;
    const owner = owners.get(name);
    if (owner !== undefined && owner !== value) {
      throw new ModelError(
        `cannot rename ${JSON.stringify(value)} to ${JSON.stringify(name)}: ${JSON.stringify(owner)} has that name`,
      );
    }
    owners.set(name, value);
  }
  const rename = (name: string): string => names.get(name) ?? name;
  const info = (value: ValueInfo): ValueInfo => ({ ...value, name: rename(value.name) });
  return {
    ...model,
    graph: {
      ...graph,
      nodes: graph.nodes.map((node) => renameInNode(node, rename)),
      inputs: graph.inputs.map(info),
      outputs: graph.outputs.map(info),
      initializers: new Map([...graph.initializers].map(([name, tensor]) => [rename(name), tensor])),
    },
  };
}

/** A node's inputs and outputs, and what its body reads of the values around it. */
function renameInNode(node: Node, rename: (name: string) => string): Node {
  const attributes = Object.entries(node.attributes).map(([key, attribute]): [string, AttributeValue] => [
    key,
    attribute.kind === 'graph'
      ? { kind: 'graph', value: renameCaptured(attribute.value, rename) }
      : attribute,
  ]);
  return {
    ...node,
    inputs: node.inputs.map(rename),
    outputs: node.outputs.map(rename),
    attributes: Object.fromEntries(attributes),
  };
}

function renameCaptured(body: Graph, rename: (name: string) => string): Graph {
  const captured = new Set(capturedBy(body));
  const outer = (name: string): string => (captured.has(name) ? rename(name) : name);
  return {
    ...body,
    nodes: body.nodes.map((node) => renameInNode(node, outer)),
    outputs: body.outputs.map((output) => ({ ...output, name: outer(output.name) })),
  };
}

function definitions(graph: Graph): Set<string> {
  const nodeOutputs = graph.nodes.flatMap((node) => node.outputs).filter((name) => name !== '');
  return new Set([...graph.inputs.map(({ name }) => name), ...graph.initializers.keys(), ...nodeOutputs]);
}

/** Renames a symbolic dimension of inputs and outputs (`s0` of an exporter to `batch`), inside products too. */
export function renameSymbol(model: Model, from: string, to: string): Model {
  const rename = (dim: Dim): Dim =>
    typeof dim === 'string' ? dim.replaceAll(/[A-Za-z_][\w.]*/g, (atom) => (atom === from ? to : atom)) : dim;
  const info = (value: ValueInfo): ValueInfo => ({ ...value, dims: value.dims.map(rename) });
  return {
    ...model,
    graph: { ...model.graph, inputs: model.graph.inputs.map(info), outputs: model.graph.outputs.map(info) },
  };
}
