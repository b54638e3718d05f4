import type { Graph, Model, Node } from '../onnx/model.ts';

/**
 * Relu and MaxPool commute exactly: max(relu(x)) = relu(max(x)). After the pooling Relu, and above all its gradient,
 * has a quarter of the elements (2 x 2). Done where nothing else reads what lies between.
 */
export function sinkRelu(model: Model): Model {
  const { graph } = model;
  // The body of an If or Loop may read any value without naming it as an input.
  if (graph.nodes.some((node) => Object.values(node.attributes).some(({ kind }) => kind === 'graph')))
    return model;
  const uses = usesOf(graph);
  const producers = new Map(
    graph.nodes.flatMap((node) => node.outputs.map((output) => [output, node] as const)),
  );
  const moved = new Map<Node, Node>();
  for (const pool of graph.nodes) {
    const between = pool.inputs[0] as string;
    const relu = producers.get(between);
    const plain = isPlain(pool, 'MaxPool') && !pool.outputs[1];
    if (!plain || relu === undefined || !isPlain(relu, 'Relu') || uses.get(between) !== 1) continue;
    const pooled = `${between}/pooled`;
    moved.set(relu, { ...pool, inputs: relu.inputs, outputs: [pooled] });
    moved.set(pool, { ...relu, inputs: [pooled], outputs: [pool.outputs[0] as string] });
  }
  if (moved.size === 0) return model;
  return { ...model, graph: { ...graph, nodes: graph.nodes.map((node) => moved.get(node) ?? node) } };
}

function isPlain(node: Node, op: string): boolean {
  return node.op === op && node.domain === '';
}

/** How often each value is read, being an output of the graph included. */
function usesOf(graph: Graph): ReadonlyMap<string, number> {
  const uses = new Map<string, number>();
  const read = (value: string) => uses.set(value, (uses.get(value) ?? 0) + 1);
  for (const node of graph.nodes) node.inputs.forEach(read);
  for (const output of graph.outputs) read(output.name);
  return uses;
}
