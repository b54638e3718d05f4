import type { Expressions } from '../expressions.ts';
import { type Part, positions, reshapeTo } from './shape-of.ts';

/** Stands for minus infinity: large enough that its exponential is 0, and finite, so that no gradient is NaN. */
export const MASKED = -1e30;

export interface AttentionParts {
  /** [batch, heads, queries, size]; keys and values [batch, kv heads, keys, size], kv heads a divisor of heads. */
  readonly q: string;
  readonly k: string;
  readonly v: string;
  readonly scale: number;
  /** Scores become softcap tanh(score / softcap). */
  readonly softcap?: number;
  /** Truth, broadcast to [batch, heads, queries, keys]: which key a query may see. */
  readonly allowed?: string | undefined;
  /** What is added to the scores. */
  readonly bias?: string | undefined;
  /** Truth, broadcast to the scores: rows of the result that see no key at all are zero where it is false. */
  readonly guard?: string | undefined;
}

export interface AttentionStages {
  /** [batch, heads, queries, size of the values]. */
  readonly y: string;
  /** Scaled products, the same after softcap, with mask and bias, and after softmax. */
  readonly scores: readonly [raw: string, capped: string, masked: string, probabilities: string];
}

/** softmax(scale q kᵀ + bias) v (Vaswani et al. 2017, arXiv:1706.03762), with grouped keys (arXiv:2305.13245). */
export function scaledAttention(e: Expressions, parts: AttentionParts): AttentionStages {
  const { q, k, v, scale, softcap = 0, allowed, bias, guard } = parts;
  const queries = scale === 1 ? q : e.mul(q, scale);
  const raw = groupedProduct(e, queries, e.transpose(k, [0, 1, 3, 2]));
  const capped = softcap > 0 ? e.mul(e.op('Tanh', [e.mul(raw, 1 / softcap)]), softcap) : raw;
  const biased = bias === undefined ? capped : e.add(capped, bias);
  const masked = allowed === undefined ? biased : e.where(allowed, biased, MASKED);
  const weights = e.op('Softmax', [masked], { axis: -1 });
  const probabilities = guard === undefined ? weights : e.where(guard, weights, 0);
  return { y: groupedProduct(e, probabilities, v), scores: [raw, capped, masked, probabilities] };
}

/** [batch, heads, m, k] times [batch, groups, k, n]: heads of a group are a dimension of their own, which broadcasts. */
function groupedProduct(e: Expressions, a: string, b: string): string {
  const heads = e.dimsOf(a)[1] as number;
  const groups = e.dimsOf(b)[1] as number;
  if (heads === groups) return e.op('MatMul', [a, b]);
  const part = (value: string, axis: number): Part => ({ value, axes: [axis] });
  const left = reshapeTo(e, a, [part(a, 0), groups, heads / groups, part(a, 2), part(a, 3)]);
  const product = e.op('MatMul', [left, e.unsqueeze(b, [2])]);
  return reshapeTo(e, product, [part(a, 0), heads, part(a, 2), part(b, 3)]);
}

/**
 * [queries, keys] of truth: for query i, key j where i + offset - left <= j <= i + offset + right; without a bound
 * where it is undefined.
 */
export function band(
  e: Expressions,
  queries: string,
  keys: string,
  {
    offset = 0,
    left,
    right,
  }: { offset?: number | string; left?: number | undefined; right?: number | undefined },
): string | undefined {
  if (left === undefined && right === undefined) return undefined;
  const j = e.unsqueeze(positions(e, keys, 2), [0]);
  const i = e.unsqueeze(positions(e, queries, 2), [1]);
  const place = offset === 0 ? i : e.add(i, offset);
  const before = right === undefined ? undefined : e.less(j, e.add(place, right + 1));
  const behind = left === undefined ? undefined : e.greater(j, e.sub(place, left + 1));
  return before !== undefined && behind !== undefined ? e.op('And', [before, behind]) : (before ?? behind);
}

/** [batch, time, heads * size] to [batch, heads, time, size]. */
export function splitHeads(e: Expressions, value: string, heads: number): string {
  const size = (e.dimsOf(value)[2] as number) / heads;
  const parts: Part[] = [{ value, axes: [0] }, { value, axes: [1] }, heads, size];
  return e.transpose(reshapeTo(e, value, parts), [0, 2, 1, 3]);
}

/** The inverse of `splitHeads`. */
export function joinHeads(e: Expressions, value: string): string {
  const rows = e.transpose(value, [0, 2, 1, 3]);
  const parts: Part[] = [
    { value: rows, axes: [0] },
    { value: rows, axes: [1] },
    { value: rows, axes: [2, 3] },
  ];
  return reshapeTo(e, rows, parts);
}
