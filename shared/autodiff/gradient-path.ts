import type { Model, Node } from '../onnx/model.ts';
import { valuesUsedBy } from '../onnx/prune.ts';
import { RULES } from './table.ts';

/** What stands between the weights and the outputs of a graph. */
export interface GradientPath {
  /** Nodes on the way that have no gradient rule: differentiation would fail there. */
  readonly missing: readonly Node[];
  /** Nodes on the way that no gradient passes, because integers or truth values come out, or steps. */
  readonly cuts: readonly Node[];
  /** Weights that no gradient reaches: all ways to the output are cut. */
  readonly unreached: readonly string[];
}

/**
 * Looks along the ways from values to outputs, without differentiating.
 *
 * @param weights values to differentiate by
 * @param of the values that depend on them
 * @param isExpanded operators that a training program replaces by others before it differentiates
 */
export function gradientPath(
  model: Model,
  weights: readonly string[],
  of: readonly string[],
  isExpanded: (node: Node) => boolean = () => false,
): GradientPath {
  const { nodes } = model.graph;
  const kindOf = (node: Node) => (node.domain === '' ? RULES.get(node.op)?.kind : undefined);
  const onTheWay = nodesBetween(nodes, weights, of);
  const missing = onTheWay.filter((node) => kindOf(node) === undefined && !isExpanded(node));
  const cuts = onTheWay.filter((node) => kindOf(node) === 'none' || kindOf(node) === 'zero');
  const cut = new Set(cuts);
  const needed = new Set(of);
  for (const node of [...nodes].reverse()) {
    if (cut.has(node) || !node.outputs.some((output) => needed.has(output))) continue;
    for (const input of valuesUsedBy(node)) needed.add(input);
  }
  return { missing, cuts, unreached: weights.filter((name) => !needed.has(name)) };
}

/** Nodes that depend on one of the weights and that one of the values depends on. */
function nodesBetween(nodes: readonly Node[], weights: readonly string[], of: readonly string[]): Node[] {
  const active = new Set(weights);
  const behind = nodes.filter((node) => {
    const depends = valuesUsedBy(node).some((input) => active.has(input));
    if (depends) for (const output of node.outputs) active.add(output);
    return depends;
  });
  const needed = new Set(of);
  return behind
    .reverse()
    .filter((node) => {
      const leads = node.outputs.some((output) => needed.has(output));
      if (leads) for (const input of valuesUsedBy(node)) needed.add(input);
      return leads;
    })
    .reverse();
}
