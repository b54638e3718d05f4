import type { Dim, Model, Node, ValueType } from '../model.ts';
import { inferNode, type Knowledge } from '../shapes/infer.ts';
import { knownOf } from '../shapes/known.ts';
import { keptBy } from './kept.ts';
import type { InspectionLimits } from './limits.ts';
import { operationsOf } from './operations.ts';
import { spelled } from './plain.ts';
import { hold } from './refused.ts';
import { bounded, bytesOf, elementsOf, guardSizes } from './sizes.ts';

/** What a graph computes when its inputs have the given sizes. */
export interface Measured {
  readonly types: ReadonlyMap<string, ValueType>;
  /** Values that depend on an input of the graph. */
  readonly dependent: ReadonlySet<string>;
  /** Bytes of all values that depend on an input, but views of others, and of what their gradients need beside them. */
  readonly activations: number;
  /** Bytes that the gradient of one node needs while it is computed, at most. */
  readonly scratch: number;
  /** Bytes of the largest value, and elements of the one that has most. */
  readonly largest: number;
  readonly elements: number;
  readonly multiplyAdds: number;
  readonly operations: number;
}

/** Bytes of a float32. */
const WIDTH = 4;

/** Operators whose output is their input's memory, seen in another shape. */
const VIEWS = new Set(['Reshape', 'Flatten', 'Squeeze', 'Unsqueeze', 'Identity']);

/**
 * Follows the sizes through the graph, node by node, with numbers for its symbols; nothing is computed.
 *
 * @param model of the internal opset, without functions and control flow
 * @param sizes of its symbolic dimensions
 * @param held which limits hold: those of operations are for one example
 * @throws RefusedModelError for a value that is too large, or as large as the data decide; ModelError for sizes that do
 * not fit
 */
export function measure(
  model: Model,
  sizes: (symbol: string) => number,
  limits: InspectionLimits,
  held: 'sizes' | 'sizes and operations' = 'sizes and operations',
): Measured {
  const { graph } = model;
  const knowledge: Knowledge = { types: new Map(), known: new Map() };
  const { types, known } = knowledge;
  const dependent = new Set<string>();
  for (const { name, type, dims } of graph.inputs) {
    types.set(name, { type, dims: dims.map((dim: Dim) => (typeof dim === 'number' ? dim : sizes(dim))) });
    dependent.add(name);
  }
  for (const [name, tensor] of graph.initializers) {
    types.set(name, tensor);
    const values = knownOf(tensor);
    if (values) known.set(name, values);
  }
  const guard = guardSizes(limits);
  let [activations, scratch, largest, elements, multiplyAdds, operations] = [0, 0, 0, 0, 0, 0];
  for (const node of graph.nodes) {
    inferNode(node, knowledge);
    const given = node.inputs.map((name) => types.get(name));
    for (const [i, name] of node.outputs.entries()) {
      if (name !== '') types.set(name, bounded(node, i, types.get(name) as ValueType, given[0]));
    }
    guard(node, types);
    const outputs = node.outputs.map((name) => types.get(name));
    const done = operationsOf(node, given, outputs);
    multiplyAdds += done.multiplyAdds;
    operations += done.all;
    if (held === 'sizes and operations') checkOperations(node, operations, limits);
    const bytes = outputs.reduce((sum, type) => sum + (type ? bytesOf(type) : 0), 0);
    largest = Math.max(largest, bytes);
    for (const type of outputs) if (type) elements = Math.max(elements, elementsOf(type));
    const kept = keptBy(node, given, outputs);
    scratch = Math.max(scratch, kept.scratch * WIDTH);
    if (!node.inputs.some((name) => dependent.has(name))) continue;
    for (const name of node.outputs) if (name !== '') dependent.add(name);
    if (!VIEWS.has(node.op)) activations += bytes + kept.values * WIDTH;
  }
  return { types, dependent, activations, scratch, largest, elements, multiplyAdds, operations };
}

function checkOperations({ name, op }: Node, operations: number, limits: InspectionLimits): void {
  const what = `up to node ${name} (${op}) one example takes ${spelled(operations)} operations`;
  hold(limits, 'operations', operations, what, { node: name, operator: op });
}
