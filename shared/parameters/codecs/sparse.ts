import type { Vector, VectorMemory } from '../memory.ts';
import { DOMAIN, philoxKey } from '../philox.ts';
import { lengthOf, type Pieces } from '../pieces.ts';
import { selectTop } from './select-top.ts';
import { type EncodingFault, NOT_FINITE, type Target, type UpdateCodecRow } from './update-codec.ts';

/** Bytes of random-k's seed. */
const SEED = 8;

/** How many numbers travel of so many. */
export function countOf(lengths: readonly number[], share: number): number {
  const total = lengths.reduce((sum, length) => sum + length, 0);
  return Math.min(total, Math.ceil(total * share));
}

/**
 * The k numbers of the largest magnitude: their positions in ascending order, then their values as float32 (Aji and Heafield,
 * "Sparse communication for distributed gradient descent", EMNLP 2017). What is left out belongs into error feedback (Stich et
 * al., "Sparsified SGD with memory", NeurIPS 2018).
 */
export const topK: UpdateCodecRow = {
  size: (lengths, share) => 8 * countOf(lengths, share),
  encode(parts, { share = 1 }) {
    const positions = selectTop(parts, countOf(lengthsOf(parts), share));
    return join(positions, valuesAt(parts, positions));
  },
  fault(parts, bytes) {
    const { positions, values } = readTop(bytes);
    const total = lengthsOf(parts).reduce((sum, length) => sum + length, 0);
    let before = -1;
    for (const position of positions) {
      if (position <= before || position >= total) {
        return fault(`has position ${position} after ${before}: they must ascend and be below ${total}`);
      }
      before = position;
    }
    return values.every(Number.isFinite) ? undefined : NOT_FINITE;
  },
  add(targets, bytes) {
    const { positions, values } = readTop(bytes);
    scatter(targets, positions, values);
  },
};

/**
 * A seed and the values at the k positions that follow from it; no position travels. One position is drawn of each of k strata of
 * (nearly) equal size, which is a uniform subset's inclusion probability, sorted as it is drawn.
 *
 * With error feedback values travel as they are, a contraction as in Stich et al. (2018). Without, each is multiplied by its
 * stratum's size, d/k, so that the decoded vector is unbiased (Wangni et al., "Gradient sparsification", NeurIPS 2018).
 */
export const randomK: UpdateCodecRow = {
  size: (lengths, share) => SEED + 4 * countOf(lengths, share),
  encode(parts, { share = 1, seed = 0, errorFeedback = false }) {
    const lengths = lengthsOf(parts);
    const total = lengths.reduce((sum, length) => sum + length, 0);
    const k = countOf(lengths, share);
    const positions = parts.length > 0 ? positionsOf(parts[0]!.memory, seed, total, k) : new Uint32Array(0);
    const values = valuesAt(parts, positions);
    for (let j = 0; !errorFeedback && j < k; j++) values[j]! *= edge(j + 1, total, k) - edge(j, total, k);
    return join(new Uint32Array([seed >>> 0, Math.floor(seed / 2 ** 32)]), values);
  },
  fault(_, bytes) {
    const { high, values } = readRandom(bytes);
    if (high >= 2 ** 21) return fault('has a seed that is not below 2^53');
    return values.every(Number.isFinite) ? undefined : NOT_FINITE;
  },
  add(targets, bytes) {
    const { low, high, values } = readRandom(bytes);
    const total = targets.reduce((sum, { vector }) => sum + vector.length, 0);
    const [first] = targets;
    if (!first) return;
    const positions = positionsOf(first.vector.memory, low + high * 2 ** 32, total, values.length);
    scatter(targets, positions, values);
  },
};

/** Where the stratum j of k begins. */
function edge(j: number, total: number, k: number): number {
  return Math.floor((j * total) / k);
}

function positionsOf(
  { staging, kernels }: VectorMemory,
  seed: number,
  total: number,
  k: number,
): Uint32Array {
  const key = philoxKey(seed, DOMAIN.codec);
  const positions = new Uint32Array(k);
  let start = 0;
  for (let from = 0; from < k; from += staging.length) {
    const draws = staging.slice(0, Math.min(staging.length, k - from));
    kernels.uniform(draws, key, [from / 4, 0, 0, 1]);
    const { view } = draws;
    for (let j = 0; j < view.length; j++) {
      const end = edge(from + j + 1, total, k);
      positions[from + j] = start + Math.floor(view[j]! * (end - start));
      start = end;
    }
  }
  return positions;
}

function valuesAt(parts: readonly Vector[], positions: Uint32Array): Float32Array {
  const values = new Float32Array(positions.length);
  walk(parts, positions, (part, at, i) => {
    values[i] = parts[part]!.view[at]!;
  });
  return values;
}

function scatter(targets: readonly Target[], positions: Uint32Array, values: Float32Array): void {
  const parts = targets.map(({ vector }) => vector);
  walk(parts, positions, (part, at, i) => {
    const { vector, weight } = targets[part]!;
    // As kernels do it: the product is rounded to float32 before it is added.
    vector.view[at]! += Math.fround(values[i]! * Math.fround(weight));
  });
}

/** Finds for each position, in ascending order, its stretch and the place in it. */
function walk(
  parts: readonly Vector[],
  positions: Uint32Array,
  use: (part: number, at: number, i: number) => void,
): void {
  let part = 0;
  let base = 0;
  for (let i = 0; i < positions.length; i++) {
    const position = positions[i]!;
    while (position - base >= parts[part]!.length) base += parts[part++]!.length;
    use(part, position - base, i);
  }
}

function readTop(bytes: Pieces): { readonly positions: Uint32Array; readonly values: Float32Array } {
  const { buffer } = joined(bytes);
  const k = buffer.byteLength / 8;
  return { positions: new Uint32Array(buffer, 0, k), values: new Float32Array(buffer, 4 * k, k) };
}

function readRandom(bytes: Pieces): {
  readonly low: number;
  readonly high: number;
  readonly values: Float32Array;
} {
  const { buffer } = joined(bytes);
  const [low, high] = new Uint32Array(buffer, 0, 2);
  return { low: low!, high: high!, values: new Float32Array(buffer, SEED) };
}

function joined(pieces: Pieces): Uint8Array<ArrayBuffer> {
  const whole = new Uint8Array(lengthOf(pieces));
  let at = 0;
  for (const piece of pieces) {
    whole.set(piece, at);
    at += piece.length;
  }
  return whole;
}

function join(head: Uint32Array, values: Float32Array): Uint8Array {
  return joined([
    new Uint8Array(head.buffer, head.byteOffset, head.byteLength),
    new Uint8Array(values.buffer, values.byteOffset, values.byteLength),
  ]);
}

function lengthsOf(parts: readonly Vector[]): number[] {
  return parts.map((part) => part.length);
}

function fault(message: string): EncodingFault {
  return { message, nonFinite: false };
}
