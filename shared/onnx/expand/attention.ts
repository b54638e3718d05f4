import type { Expressions } from '../expressions.ts';
import { type ExpandContext, type ExpandRow, expansion } from './context.ts';
import { band, joinHeads, MASKED, scaledAttention, splitHeads } from './scaled-attention.ts';
import { positions } from './shape-of.ts';

/** Attention of opset 23 to 25, as onnx 1.23 has it: a query that may see no key gives zeros. */
function expandAttention(c: ExpandContext): readonly (string | undefined)[] {
  const { e } = c;
  const flat = c.rank(0) === 3;
  const heads = (name: string) =>
    c.number(name, 0) || c.fail(`attribute ${name} must be given for 3-D inputs`);
  const [q, newK, newV] = [0, 1, 2].map((k) =>
    flat ? splitHeads(e, c.input(k), heads(k === 0 ? 'q_num_heads' : 'kv_num_heads')) : c.input(k),
  ) as [string, string, string];
  for (const value of [q, newK]) {
    if (typeof e.dimsOf(value)[1] !== 'number') c.fail('the number of heads must be known as a number');
  }
  const k = c.has(4) ? e.concat([c.input(4), newK], 2) : newK;
  const v = c.has(5) ? e.concat([c.input(5), newV], 2) : newV;
  const size = e.dimsOf(q)[3];
  const scale = c.number('scale', 0) || 1 / Math.sqrt(typeof size === 'number' ? size : c.size(0, -1));
  const masks = masksOf(c, q, k);
  const { y, scores } = scaledAttention(e, { q, k, v, scale, softcap: c.number('softcap', 0), ...masks });
  const mode = c.number('qk_matmul_output_mode', 0);
  return [flat ? joinHeads(e, y) : y, k, v, c.wants(3) ? scores[mode] : undefined];
}

interface Masks {
  readonly allowed?: string | undefined;
  readonly bias?: string | undefined;
  readonly guard?: string | undefined;
}

function masksOf(c: ExpandContext, q: string, k: string): Masks {
  const { e } = c;
  const mask = c.has(3) ? c.input(3) : undefined;
  const truth = mask !== undefined && c.type(3) === 'bool' ? padded(c, mask, k) : undefined;
  const added = mask !== undefined && truth === undefined ? padded(c, mask, k) : undefined;
  const length = c.has(6) ? e.unsqueeze(e.cast(c.input(6), 'float32'), [1, 2, 3]) : undefined;
  const filled = length === undefined ? undefined : e.less(positions(e, k, 2), length);
  const order = band(e, q, k, { ...bounds(c), offset: offsetOf(c, q, length) });
  const allowed = all(e, [truth, order, filled]);
  if (added === undefined) return { allowed, guard: truth || filled ? allowed : undefined };
  // A mask of minus infinity must not reach the softmax: a row of nothing else would be NaN, and so its gradient.
  const open = e.greater(added, MASKED);
  const bias = e.where(open, added, 0);
  const seen = all(e, [allowed, open]);
  return { allowed: seen, bias, guard: seen };
}

/** Causal is to see nothing behind; opset 25 may bound both sides. */
function bounds(c: ExpandContext): { left: number | undefined; right: number | undefined } {
  const [left, right] = [c.number('left_window_size', -1), c.number('right_window_size', -1)];
  const isCausal = c.number('is_causal', 0) === 1;
  return { left: left < 0 ? undefined : left, right: isCausal ? 0 : right < 0 ? undefined : right };
}

/** How many keys precede the first query. */
function offsetOf(c: ExpandContext, q: string, length: string | undefined): number | string {
  const { e } = c;
  if (c.has(4)) {
    const past = c.dims(4)[2];
    return typeof past === 'number' ? past : e.cast(e.dim(c.input(4), 2), 'float32');
  }
  if (length === undefined) return 0;
  const queries = e.dimsOf(q)[2];
  return e.sub(length, typeof queries === 'number' ? queries : e.cast(e.dim(q, 2), 'float32'));
}

/** A mask that is shorter than the keys hides the rest. */
function padded(c: ExpandContext, mask: string, k: string): string {
  const { e } = c;
  const [have, keys] = [e.dimsOf(mask).at(-1), e.dimsOf(k)[2]];
  if (have === keys || typeof have !== 'number' || typeof keys !== 'number' || have >= keys) return mask;
  const ends = e.dimsOf(mask).map(() => 0);
  const pads = e.ints([...ends, ...ends.slice(1), keys - have]);
  if (e.typeOf(mask).type !== 'bool')
    return e.pad(mask, [...ends, ...ends.slice(1), keys - have], 2 * MASKED);
  const numbers = e.op('Pad', [e.cast(mask, 'float32'), pads]);
  return e.greater(numbers, 0.5);
}

/** What all of these allow; undefined where none says anything. */
export function all(e: Expressions, masks: readonly (string | undefined)[]): string | undefined {
  const given = masks.filter((mask) => mask !== undefined);
  return given.length === 0 ? undefined : given.reduce((a, b) => e.op('And', [a, b]));
}

export const ATTENTION: readonly ExpandRow[] = [
  expansion(
    'Attention',
    '',
    'MatMul, Where, Softmax, MatMul; 3-D and 4-D, grouped heads, masks, causal, softcap, past and present keys',
    expandAttention,
  ),
];
