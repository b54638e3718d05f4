import type { Node } from '../../onnx/model.ts';
import { valuesUsedBy } from '../../onnx/prune.ts';
import type { ValueBytes } from './value-bytes.ts';

/** Forward nodes [start, end) that are computed again before their gradients are. */
export interface Segment {
  readonly start: number;
  readonly end: number;
}

/** A place between two forward nodes that one value passes, and hardly anything else. */
interface Cut {
  /** Nodes before it. */
  readonly at: number;
  /** Of the activations that pass. */
  readonly bytes: number;
}

/** What may pass a cut beside the one value: masks, sums. */
const BESIDE = 1 / 8;
/** A block holds so many times what is kept of it, or it is joined with the next one. */
const WORTH = 4;
/** To save less than half of it is not worth a second forward pass. */
const LEAST_SAVING = 0.5;

/**
 * Parts a forward graph at values through which all paths pass: the ends of blocks, of whatever kind.
 *
 * - `every-block`: every block of its own.
 * - `auto`: as many blocks together as keep the least in all, which is what is kept between blocks and what the largest
 *   block holds while its gradients are computed (Chen et al. 2016, §4, tries budgets in the same way); none if that saves
 *   less than half.
 *
 * @param nodes of the forward graph, in order
 * @param saved values that the gradients read
 * @returns in order; the last block is not among them: its gradients come first, when its values are still there
 */
export function segmentsOf(
  nodes: readonly Node[],
  saved: ReadonlySet<string>,
  values: ValueBytes,
  choice: 'every-block' | 'auto',
): Segment[] {
  const held = heldBytes(nodes, saved, values);
  const cuts = cutsOf(nodes, values);
  const all = held.reduce((a, b) => a + b, 0);
  const finest = partition(cuts, held, 0);
  if (choice === 'every-block') return withoutLast(finest.segments);
  let best = finest;
  for (let budget = all / 2; budget > all / 256; budget /= Math.SQRT2) {
    const candidate = partition(cuts, held, budget);
    if (candidate.cost < best.cost) best = candidate;
  }
  return best.cost > (1 - LEAST_SAVING) * all ? [] : withoutLast(best.segments);
}

/** Bytes that each node leaves for the gradients. */
function heldBytes(nodes: readonly Node[], saved: ReadonlySet<string>, values: ValueBytes): number[] {
  const roots = new Set([...saved].map((value) => values.rootOf(value)));
  return nodes.map(({ outputs }) =>
    outputs
      .filter((output) => roots.has(output) && values.isActivation(output))
      .reduce((sum, output) => sum + values.bytesOf(output), 0),
  );
}

function cutsOf(nodes: readonly Node[], values: ValueBytes): Cut[] {
  const lastUse = new Map<string, number>();
  nodes.forEach((node, at) => {
    for (const value of valuesUsedBy(node)) lastUse.set(values.rootOf(value), at);
  });
  const live = new Map<string, number>();
  const ends = new Map<number, string[]>();
  return nodes.flatMap((node, at) => {
    for (const output of node.outputs) {
      const last = lastUse.get(output) ?? at;
      if (last === at || !values.isActivation(output)) continue;
      live.set(output, values.bytesOf(output));
      ends.set(last, [...(ends.get(last) ?? []), output]);
    }
    for (const value of ends.get(at) ?? []) live.delete(value);
    const sizes = [...live.values()];
    const bytes = sizes.reduce((a, b) => a + b, 0);
    const largest = Math.max(0, ...sizes);
    return largest > 0 && bytes - largest <= BESIDE * largest ? [{ at: at + 1, bytes }] : [];
  });
}

/** Blocks that hold at least `budget` bytes, and what they cost: kept between them, and held by the largest. */
function partition(
  cuts: readonly Cut[],
  held: readonly number[],
  budget: number,
): { readonly segments: Segment[]; readonly cost: number } {
  const segments: Segment[] = [];
  let [start, at, inside, kept, largest] = [0, 0, 0, 0, 0];
  for (const cut of cuts) {
    for (; at < cut.at; at++) inside += held[at]!;
    if (inside < Math.max(budget, WORTH * cut.bytes)) continue;
    segments.push({ start, end: cut.at });
    kept += cut.bytes;
    largest = Math.max(largest, inside);
    [start, inside] = [cut.at, 0];
  }
  for (; at < held.length; at++) inside += held[at]!;
  segments.push({ start, end: held.length });
  return { segments, cost: kept + Math.max(largest, inside) };
}

function withoutLast(segments: readonly Segment[]): Segment[] {
  return segments.slice(0, -1);
}
