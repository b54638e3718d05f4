/**
 * The counter-based generator Philox4x32-10 in plain JavaScript (J. Salmon et al., "Parallel random numbers: as easy
 * as 1, 2, 3", SC 2011). The same function as the kernel `uniform`, for few numbers or where there is no vector memory.
 */

/** Who draws: part of the key, so that no two uses of one seed share a number. */
export const DOMAIN = { noise: 0, permutation: 1, stream: 2, partition: 3, profile: 4, codec: 5 } as const;

export type Domain = (typeof DOMAIN)[keyof typeof DOMAIN];

/**
 * The generator's 64-bit key: a seed's 53 bits, and who draws in the highest byte.
 *
 * @throws RangeError when the seed is no whole number in [0, 2^53).
 */
export function philoxKey(seed: number, domain: Domain): readonly [number, number] {
  if (!Number.isSafeInteger(seed) || seed < 0) {
    throw new RangeError(`A seed must be a whole number from 0 to 2^53 - 1, not ${seed}.`);
  }
  return [seed >>> 0, (Math.floor(seed / 2 ** 32) | (domain << 24)) >>> 0];
}

/** The four words of block (c0, c1, c2, c3), into `out`. */
export function philox4x32(
  out: Uint32Array,
  key: readonly [number, number],
  counter: readonly [number, number, number, number],
): void {
  // By index and as integers: this is drawn from millions of times when a large model is made.
  let x0 = counter[0] | 0;
  let x1 = counter[1] | 0;
  let x2 = counter[2] | 0;
  let x3 = counter[3] | 0;
  let k0 = key[0] | 0;
  let k1 = key[1] | 0;
  for (let round = 0; round < 10; round++) {
    const h0 = multiplyHigh(x0, 0xd2511f53);
    const l0 = Math.imul(x0, 0xd2511f53);
    const h1 = multiplyHigh(x2, 0xcd9e8d57);
    const l1 = Math.imul(x2, 0xcd9e8d57);
    x0 = h1 ^ x1 ^ k0;
    x1 = l1;
    x2 = h0 ^ x3 ^ k1;
    x3 = l0;
    k0 = (k0 + 0x9e3779b9) | 0;
    k1 = (k1 + 0xbb67ae85) | 0;
  }
  out[0] = x0;
  out[1] = x1;
  out[2] = x2;
  out[3] = x3;
}

/**
 * The high 32 bits of the unsigned product, from 16-bit halves (H. Warren, "Hacker's Delight", 8-2). Neither sum exceeds 32
 * bits, so everything stays an integer of the machine.
 */
function multiplyHigh(a: number, b: number): number {
  const aLow = a & 0xffff;
  const aHigh = a >>> 16;
  const bLow = b & 0xffff;
  const bHigh = b >>> 16;
  const middle = (Math.imul(aHigh, bLow) + (Math.imul(aLow, bLow) >>> 16)) | 0;
  const middleLow = (Math.imul(aLow, bHigh) + (middle & 0xffff)) | 0;
  return (Math.imul(aHigh, bHigh) + (middle >>> 16) + (middleLow >>> 16)) | 0;
}
