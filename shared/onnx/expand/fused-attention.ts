import { multiply } from '../dims.ts';
import { type ExpandContext, type ExpandRow, expansion } from './context.ts';
import { type Rotation, rotate } from './rotary.ts';
import { band, joinHeads, scaledAttention, splitHeads } from './scaled-attention.ts';
import { positions, reshapeTo } from './shape-of.ts';

/** ONNX Runtime adds this to the scores of what a padding mask hides. */
const FILTER = -10000;

/** Packed projection (input, weights, bias), then attention; past and present are keys over values, [2, ...]. */
function expandAttention(c: ExpandContext): readonly (string | undefined)[] {
  const { e } = c;
  if (c.number('do_rotary', 0) === 1)
    c.fail('do_rotary is not covered: export the rotation as RotaryEmbedding');
  const heads = c.number('num_heads', 0);
  const product = e.op('MatMul', [c.input(0), c.input(1)]);
  const packed = c.has(2) ? e.add(product, c.input(2)) : product;
  const whole = c.size(1, 1);
  const sizes = c.list('qkv_hidden_sizes') ?? [whole / 3, whole / 3, whole / 3];
  const [q, newK, newV] = splitAt(c, packed, sizes).map((part) => splitHeads(e, part, heads)) as Three;
  const past = (index: number) =>
    e.op('Squeeze', [e.slice(c.input(4), [index], [index + 1], [0]), e.ints([0])]);
  const k = c.has(4) ? e.concat([past(0), newK], 2) : newK;
  const v = c.has(4) ? e.concat([past(1), newV], 2) : newV;
  const { y } = attend(c, { q, k, v, mask: 3, bias: 5, past: c.has(4) ? c.dims(4)[3] : 0 });
  const present = c.wants(1) ? e.concat([e.unsqueeze(k, [0]), e.unsqueeze(v, [0])], 0) : undefined;
  return [joinHeads(e, y), present];
}

type Three = [string, string, string];

function splitAt(c: ExpandContext, packed: string, sizes: readonly number[]): string[] {
  let end = 0;
  return sizes.map((size) => {
    end += size;
    return c.e.slice(packed, [end - size], [end], [2]);
  });
}

/** Query, key and value by themselves; key and value also with their heads apart, or packed with the query. */
function expandMultiHead(c: ExpandContext): readonly (string | undefined)[] {
  const { e } = c;
  const heads = c.number('num_heads', 0);
  if (c.has(8) || c.has(9))
    c.fail('shared buffers and beam search are for generation only: export without them');
  const [q, newK, newV] = headsOf(c, heads);
  const k = c.has(6) ? e.concat([c.input(6), newK], 2) : newK;
  const v = c.has(7) ? e.concat([c.input(7), newV], 2) : newV;
  const { y, scores } = attend(c, { q, k, v, mask: 4, bias: 5, past: c.has(6) ? c.dims(6)[2] : 0 });
  return [joinHeads(e, y), k, v, c.wants(3) ? scores[1] : undefined];
}

function headsOf(c: ExpandContext, heads: number): Three {
  const { e } = c;
  const pick = (packed: string, index: number): string => {
    const part = e.op('Squeeze', [e.slice(packed, [index], [index + 1], [3]), e.ints([3])]);
    return e.transpose(part, [0, 2, 1, 3]);
  };
  if (c.rank(0) === 5) return [0, 1, 2].map((index) => pick(c.input(0), index)) as Three;
  const sizeQ = c.size(0, 2);
  const bias = c.has(3) ? c.input(3) : undefined;
  const part = (from: number, to: number) => bias && e.slice(bias, [from], [to], [0]);
  const biased = (value: string, add: string | undefined) => (add === undefined ? value : e.add(value, add));
  const q = splitHeads(e, biased(c.input(0), part(0, sizeQ)), heads);
  if (c.rank(1) === 5) return [q, pick(c.input(1), 0), pick(c.input(1), 1)];
  if (c.rank(1) === 4) return [q, c.input(1), c.input(2)];
  const sizeV = c.size(2, 2);
  const k = splitHeads(e, biased(c.input(1), part(sizeQ, 2 * sizeQ)), heads);
  return [q, k, splitHeads(e, biased(c.input(2), part(2 * sizeQ, 2 * sizeQ + sizeV)), heads)];
}

interface Attended {
  readonly q: string;
  readonly k: string;
  readonly v: string;
  /** The inputs that are the padding mask and the bias. */
  readonly mask: number;
  readonly bias: number;
  readonly past: string | number | undefined;
}

function attend(c: ExpandContext, { q, k, v, mask, bias, past = 0 }: Attended) {
  const { e } = c;
  const scale = c.number('scale', 0) || 1 / Math.sqrt(e.dimsOf(q)[3] as number);
  const offset = typeof past === 'number' ? past : e.sub(lengthOf(c, k), lengthOf(c, q));
  const allowed = c.number('unidirectional', 0) === 1 ? band(e, q, k, { offset, right: 0 }) : undefined;
  const hidden = c.has(mask) ? hiding(c, mask, k) : undefined;
  const added = c.has(bias) ? c.input(bias) : undefined;
  const sum = hidden !== undefined && added !== undefined ? e.add(hidden, added) : (hidden ?? added);
  return scaledAttention(e, { q, k, v, scale, allowed, bias: sum });
}

/** The number of queries or keys as float32 [1]. */
function lengthOf(c: ExpandContext, value: string): string {
  return c.e.cast(c.e.dim(value, 2), 'float32');
}

/** What a padding mask adds to the scores: lengths [batch], ends then starts [2 batch], truth of 2 to 4 dimensions. */
function hiding(c: ExpandContext, index: number, k: string): string {
  const { e } = c;
  const mask = c.input(index);
  const type = e.typeOf(c.input(0)).type;
  const shown = e.cast(showing(c, mask, k), type);
  return e.mul(e.sub(1, shown), c.number('mask_filter_value', FILTER));
}

function showing(c: ExpandContext, mask: string, k: string): string {
  const { e } = c;
  const dims = e.dimsOf(mask);
  if (dims.length === 2) return e.unsqueeze(e.cast(mask, 'bool'), [1, 2]);
  if (dims.length === 3) return e.unsqueeze(e.cast(mask, 'bool'), [1]);
  const batch = e.dimsOf(k)[0]!;
  const twice = dims[0] === multiply(batch, 2);
  const odd = typeof dims[0] === 'number' && typeof batch === 'number' && dims[0] !== batch && !twice;
  if (dims.length === 4 || odd) {
    return c.fail('this form of its mask is not covered: give lengths, or truth of two or three dimensions');
  }
  const place = positions(e, k, 2);
  const bounds = e.cast(mask, 'float32');
  if (!twice) return e.less(place, e.unsqueeze(bounds, [1, 2, 3]));
  const pair = reshapeTo(e, bounds, [2, { value: k, axes: [0] }, 1, 1, 1]);
  const [end, start] = [0, 1].map((row) =>
    e.op('Squeeze', [e.slice(pair, [row], [row + 1], [0]), e.ints([0])]),
  );
  return e.op('And', [e.less(place, end!), e.op('Not', [e.less(place, start!)])]);
}

/** Grouped heads with rotation, causal, over whole sequences; nothing may be in the cache. */
function expandGroupQuery(c: ExpandContext): readonly (string | undefined)[] {
  const { e } = c;
  for (const index of [3, 4]) {
    if (c.has(index) && c.dims(index)[2] !== 0) {
      c.fail('keys in a cache are not covered: bind the length of the past to 0, or export without a cache');
    }
  }
  if (c.has(11) || c.number('smooth_softmax', 0) === 1) c.fail('attention sinks are not covered');
  const heads = c.number('num_heads', 0);
  const groups = c.number('kv_num_heads', 0);
  const [flatQ, flatK, flatV] = c.has(1) ? [c.input(0), c.input(1), c.input(2)] : unpacked(c, heads, groups);
  const q = rotated(c, splitHeads(e, flatQ, heads));
  const k = rotated(c, splitHeads(e, flatK, groups));
  const v = splitHeads(e, flatV, groups);
  const scale = c.number('scale', 0) || 1 / Math.sqrt(e.dimsOf(q)[3] as number);
  const window = c.number('local_window_size', -1);
  const allowed = band(e, q, k, { right: 0, left: window > 0 ? window - 1 : undefined });
  const bias = c.has(10) ? c.input(10) : undefined;
  const { y } = scaledAttention(e, { q, k, v, scale, allowed, bias, softcap: c.number('softcap', 0) });
  return [joinHeads(e, y), k, v];
}

function unpacked(c: ExpandContext, heads: number, groups: number): Three {
  const size = c.size(0, 2) / (heads + 2 * groups);
  return splitAt(c, c.input(0), [heads * size, groups * size, groups * size]) as Three;
}

function rotated(c: ExpandContext, x: string): string {
  const { e } = c;
  if (c.number('do_rotary', 0) !== 1) return x;
  const ids = c.has(9) ? c.input(9) : e.unsqueeze(e.cast(positions(e, x, 2), 'int64'), [0]);
  const [cos, sin] = [7, 8].map((k) => e.unsqueeze(e.op('Gather', [c.input(k), ids]), [1])) as [
    string,
    string,
  ];
  const rotation: Rotation = { x, cos, sin, interleaved: c.number('rotary_interleaved', 0) === 1 };
  return rotate(c, rotation);
}

export const FUSED_ATTENTION: readonly ExpandRow[] = [
  expansion(
    'Attention',
    'com.microsoft',
    'the projection by MatMul and Add, then as Attention; masks of 1 to 3 dimensions, past and present; no rotation',
    expandAttention,
  ),
  expansion(
    'MultiHeadAttention',
    'com.microsoft',
    'as Attention; packed and separate inputs, bias, padding masks, past and present; no beam search',
    expandMultiHead,
  ),
  expansion(
    'GroupQueryAttention',
    'com.microsoft',
    'as Attention, causal, with rotation and a local window; nothing in the cache',
    expandGroupQuery,
  ),
];
