import type { Model, Node } from '../../onnx/model.ts';

/**
 * Batch normalisation as it is outside of training, which is what our programs begin with: files that were exported in
 * training mode have nodes that also give out new statistics. Whoever trains measures them anew.
 *
 * @param model before it is cut to what training needs, so that the extra outputs may be outputs of the graph
 */
export function inferenceForm(model: Model): Model {
  const isTraining = ({ op, domain, outputs, attributes }: Node): boolean =>
    op === 'BatchNormalization' &&
    domain === '' &&
    (outputs.length > 1 || attributes['training_mode'] !== undefined);
  if (!model.graph.nodes.some(isTraining)) return model;
  const gone = new Set<string>();
  const nodes = model.graph.nodes.map((node): Node => {
    if (!isTraining(node)) return node;
    for (const output of node.outputs.slice(1)) gone.add(output);
    const { training_mode: _, ...attributes } = node.attributes;
    return { ...node, attributes, outputs: node.outputs.slice(0, 1) };
  });
  const outputs = model.graph.outputs.filter(({ name }) => !gone.has(name));
  return { ...model, graph: { ...model.graph, nodes, outputs } };
}
