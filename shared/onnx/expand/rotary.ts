import { type ExpandContext, type ExpandRow, expansion } from './context.ts';
import { joinHeads, splitHeads } from './scaled-attention.ts';
import { positions } from './shape-of.ts';

export interface Rotation {
  /** [batch, heads, time, size]. */
  readonly x: string;
  /** Broadcast to [batch, 1, time, rotated / 2]. */
  readonly cos: string;
  readonly sin: string;
  readonly interleaved: boolean;
}

/**
 * Rotates pairs of components by an angle for each position (Su et al. 2021, arXiv:2104.09864): component i with
 * i + rotated/2, or 2i with 2i + 1 where interleaved. Components behind the rotated ones stay.
 */
export function rotate(c: ExpandContext, { x, cos, sin, interleaved }: Rotation): string {
  const { e } = c;
  const size = e.dimsOf(x)[3];
  const half = e.dimsOf(cos)[3];
  if (typeof size !== 'number' || typeof half !== 'number') {
    return c.fail('the head size and that of the cosines must be known as numbers');
  }
  const rotated = 2 * half;
  const [a, b] = interleaved
    ? [e.slice(x, [0], [rotated], [3], [2]), e.slice(x, [1], [rotated], [3], [2])]
    : [e.slice(x, [0], [half], [3]), e.slice(x, [half], [rotated], [3])];
  const real = e.sub(e.mul(a, cos), e.mul(b, sin));
  const imaginary = e.add(e.mul(a, sin), e.mul(b, cos));
  const turned = interleaved
    ? e.reshapeLike(
        e.concat([e.unsqueeze(real, [4]), e.unsqueeze(imaginary, [4])], 4),
        rotated === size ? x : e.slice(x, [0], [rotated], [3]),
      )
    : e.concat([real, imaginary], 3);
  return rotated === size ? turned : e.concat([turned, e.slice(x, [rotated], [size], [3])], 3);
}

/** [batch, heads, time, size] of an input [batch, time, heads * size] or already so, rotated, in the input's form. */
function rotateInput(c: ExpandContext, cos: string, sin: string, heads: number): string {
  const flat = c.rank(0) === 3;
  const x = flat ? splitHeads(c.e, c.input(0), heads) : c.input(0);
  const y = rotate(c, { x, cos, sin, interleaved: c.number('interleaved', 0) === 1 });
  return flat ? joinHeads(c.e, y) : y;
}

/** Opset 23: caches are [batch, time, half], or [positions, half] with position_ids [batch, time]. */
function expandRotary(c: ExpandContext): readonly string[] {
  const { e } = c;
  const [cos, sin] = [1, 2].map((k) => {
    const cache = c.has(3) ? e.op('Gather', [c.input(k), c.input(3)]) : c.input(k);
    return e.unsqueeze(cache, [1]);
  }) as [string, string];
  return [rotateInput(c, cos, sin, c.number('num_heads', 0) || 1)];
}

/** com.microsoft: position_ids are [batch, time], or [1]: the position of the first token. */
function expandFusedRotary(c: ExpandContext): readonly string[] {
  const { e } = c;
  if (c.number('is_packed_batching', 0) === 1) c.fail('packed batches are not covered: export without them');
  if (c.number('scale', 1) !== 1) c.fail('a scale is not covered: export without it');
  const half = c.size(2, 1);
  const rotated = c.number('rotary_embedding_dim', 0) || 2 * half;
  const time = c.rank(0) === 3 ? 1 : 2;
  const ids =
    c.rank(1) === 1
      ? e.unsqueeze(e.add(e.cast(c.input(1), 'int64'), e.cast(positions(e, c.input(0), time), 'int64')), [0])
      : c.input(1);
  const [cos, sin] = [2, 3].map((k) => e.unsqueeze(e.op('Gather', [c.input(k), ids]), [1])) as [
    string,
    string,
  ];
  const heads = c.number('num_heads', 0);
  const width = c.rank(0) === 3 && heads === 0 ? c.size(0, 2) / rotated : heads;
  return [rotateInput(c, cos, sin, width || 1)];
}

export const ROTARY: readonly ExpandRow[] = [
  expansion('RotaryEmbedding', '', 'Slice, Mul, Concat; both layouts, part of the head', expandRotary),
  expansion(
    'RotaryEmbedding',
    'com.microsoft',
    'Slice, Mul, Concat; both layouts; no packed batches, no scale',
    expandFusedRotary,
  ),
];
