// Kernels that draw weights; see kernels.as.ts for the conventions. A block of Philox4x32-10 is four words: two uniform
// numbers of 53 bits, as `createRandom` draws them, so one pair of normal numbers by Box and Muller (1958). Words and
// results share a range: two results of 4 bytes take the place of words of 16 that were read before.

import { mulhi } from './philox-lanes.as';

/** `n` blocks of four words: block i has the counter (c0 + i, c1, 0, 0) under the key (k0, k1). n is a multiple of 4. */
export function randomWords(y: usize, n: u32, k0: u32, k1: u32, c0: u32, c1: u32): void {
  const M0 = i32x4.splat(0xd2511f53), M1 = i32x4.splat(0xcd9e8d57);
  for (let i: u32 = 0; i < n; i += 4, y += 64) {
    let x0 = i32x4.add(i32x4.splat(<i32>(c0 + i)), i32x4(0, 1, 2, 3));
    let x1 = i32x4.splat(<i32>c1), x2 = i32x4.splat(0), x3 = i32x4.splat(0);
    let K0 = i32x4.splat(<i32>k0), K1 = i32x4.splat(<i32>k1);
    for (let round = 0; round < 10; round++) {
      const h0 = mulhi(x0, M0), l0 = i32x4.mul(x0, M0);
      const h1 = mulhi(x2, M1), l1 = i32x4.mul(x2, M1);
      x0 = v128.xor(v128.xor(h1, x1), K0);
      x1 = l1;
      x2 = v128.xor(v128.xor(h0, x3), K1);
      x3 = l0;
      K0 = i32x4.add(K0, i32x4.splat(0x9e3779b9));
      K1 = i32x4.add(K1, i32x4.splat(0xbb67ae85));
    }
    // Lanes are blocks: transpose, so that a block's four words lie together.
    const a = v128.shuffle<i32>(x0, x1, 0, 4, 1, 5), b = v128.shuffle<i32>(x2, x3, 0, 4, 1, 5);
    const c = v128.shuffle<i32>(x0, x1, 2, 6, 3, 7), d = v128.shuffle<i32>(x2, x3, 2, 6, 3, 7);
    v128.store(y, v128.shuffle<i64>(a, b, 0, 2));
    v128.store(y, v128.shuffle<i64>(a, b, 1, 3), 16);
    v128.store(y, v128.shuffle<i64>(c, d, 0, 2), 32);
    v128.store(y, v128.shuffle<i64>(c, d, 1, 3), 48);
  }
}

/** Two uniform numbers in [0, 1) with 53 bits from their higher and lower words, which lie in lanes 0 and 1. */
// @ts-ignore: decorator
@inline
function unit(higher: v128, lower: v128): v128 {
  const a = f64x2.convert_low_i32x4_u(i32x4.shr_u(higher, 5));
  const b = f64x2.convert_low_i32x4_u(i32x4.shr_u(lower, 6));
  return f64x2.mul(f64x2.add(f64x2.mul(a, f64x2.splat(67108864)), b), f64x2.splat(1.1102230246251565e-16));
}

/** The words of n blocks (even) to 2n numbers, uniform in [-bound, bound). */
export function uniformOfWords(y: usize, n: u32, bound: f64): void {
  const B = f64x2.splat(bound), two = f64x2.splat(2), one = f64x2.splat(1);
  let out = y;
  for (let i: u32 = 0; i < n << 1; i += 2, y += 16, out += 8) {
    const w = v128.load(y);
    const u = unit(v128.shuffle<i32>(w, w, 0, 2, 0, 2), v128.shuffle<i32>(w, w, 1, 3, 1, 3));
    const value = f64x2.mul(f64x2.sub(f64x2.mul(two, u), one), B);
    store<i64>(out, i64x2.extract_lane(f32x4.demote_f64x2_zero(value), 0));
  }
}

/** Added to a number below 2^51, leaves its nearest whole number in the lower bits. */
const WHOLE: f64 = 6755399441055744;

/**
 * Natural logarithms of x in (0, 1], to two units in the last place: x = 2^k m with m around 1, and
 * log m = 2 artanh s = 2 (s + s³/3 + s⁵/5 + …) with s = (m - 1)/(m + 1), |s| < 0.172.
 */
// @ts-ignore: decorator
@inline
function log(x: v128): v128 {
  const K = i64x2.shr_s(i64x2.sub(x, i64x2.splat(0x3fe6a09e667f3bcd)), 52);
  const m = i64x2.sub(x, i64x2.shl(K, 52));
  const k = f64x2.sub(i64x2.add(K, f64x2.splat(WHOLE)), f64x2.splat(WHOLE));
  const f = f64x2.sub(m, f64x2.splat(1));
  const s = f64x2.div(f, f64x2.add(f, f64x2.splat(2)));
  const z = f64x2.mul(s, s);
  let p = f64x2.splat(1.0 / 21);
  p = f64x2.add(f64x2.mul(p, z), f64x2.splat(1.0 / 19));
  p = f64x2.add(f64x2.mul(p, z), f64x2.splat(1.0 / 17));
  p = f64x2.add(f64x2.mul(p, z), f64x2.splat(1.0 / 15));
  p = f64x2.add(f64x2.mul(p, z), f64x2.splat(1.0 / 13));
  p = f64x2.add(f64x2.mul(p, z), f64x2.splat(1.0 / 11));
  p = f64x2.add(f64x2.mul(p, z), f64x2.splat(1.0 / 9));
  p = f64x2.add(f64x2.mul(p, z), f64x2.splat(1.0 / 7));
  p = f64x2.add(f64x2.mul(p, z), f64x2.splat(1.0 / 5));
  p = f64x2.add(f64x2.mul(p, z), f64x2.splat(1.0 / 3));
  const t = f64x2.add(s, s);
  const series = f64x2.add(t, f64x2.mul(t, f64x2.mul(z, p)));
  // log 2 in two parts, the first of 32 bits: its product with k is exact.
  const low = f64x2.add(series, f64x2.mul(k, f64x2.splat(1.9082149292705877e-10)));
  return f64x2.add(f64x2.mul(k, f64x2.splat(0.6931471803691238)), low);
}

/**
 * The words of n blocks to pairs of N(0, deviation²). What is farther out than `cut` standard deviations is left out.
 *
 * @returns how many numbers it wrote, 2n at most.
 */
export function normalsOfWords(y: usize, n: u32, deviation: f64, cut: f64): u32 {
  const D = f64x2.splat(deviation), C = f64x2.splat(cut), one = f64x2.splat(1);
  const start = y;
  let out = y;
  for (let i: u32 = 0; i < n; i += 2, y += 32) {
    const a = v128.load(y), b = v128.load(y, 16);
    const u = unit(v128.shuffle<i32>(a, b, 0, 4, 0, 4), v128.shuffle<i32>(a, b, 1, 5, 1, 5));
    const v = unit(v128.shuffle<i32>(a, b, 2, 6, 2, 6), v128.shuffle<i32>(a, b, 3, 7, 3, 7));
    const radius = f64x2.sqrt(f64x2.mul(f64x2.splat(-2), log(f64x2.sub(one, u))));

    // The angle less q quarter turns: within ±π/4. π/2 in two parts, the first of 33 bits.
    const angle = f64x2.mul(f64x2.splat(6.283185307179586), v);
    const Q = f64x2.add(f64x2.mul(angle, f64x2.splat(0.6366197723675814)), f64x2.splat(WHOLE));
    const q = f64x2.sub(Q, f64x2.splat(WHOLE));
    const r = f64x2.sub(
      f64x2.sub(angle, f64x2.mul(q, f64x2.splat(1.5707963267341256))),
      f64x2.mul(q, f64x2.splat(6.077100506506192e-11)),
    );
    const z = f64x2.mul(r, r);
    // Taylor's series: the first term left out is below 2^-54 of the result.
    let p = f64x2.splat(1.0 / 355687428096000);
    p = f64x2.add(f64x2.mul(p, z), f64x2.splat(-1.0 / 1307674368000));
    p = f64x2.add(f64x2.mul(p, z), f64x2.splat(1.0 / 6227020800));
    p = f64x2.add(f64x2.mul(p, z), f64x2.splat(-1.0 / 39916800));
    p = f64x2.add(f64x2.mul(p, z), f64x2.splat(1.0 / 362880));
    p = f64x2.add(f64x2.mul(p, z), f64x2.splat(-1.0 / 5040));
    p = f64x2.add(f64x2.mul(p, z), f64x2.splat(1.0 / 120));
    p = f64x2.add(f64x2.mul(p, z), f64x2.splat(-1.0 / 6));
    const sine = f64x2.add(r, f64x2.mul(r, f64x2.mul(z, p)));
    p = f64x2.splat(1.0 / 20922789888000);
    p = f64x2.add(f64x2.mul(p, z), f64x2.splat(-1.0 / 87178291200));
    p = f64x2.add(f64x2.mul(p, z), f64x2.splat(1.0 / 479001600));
    p = f64x2.add(f64x2.mul(p, z), f64x2.splat(-1.0 / 3628800));
    p = f64x2.add(f64x2.mul(p, z), f64x2.splat(1.0 / 40320));
    p = f64x2.add(f64x2.mul(p, z), f64x2.splat(-1.0 / 720));
    p = f64x2.add(f64x2.mul(p, z), f64x2.splat(1.0 / 24));
    p = f64x2.sub(f64x2.mul(p, z), f64x2.splat(0.5));
    const cosine = f64x2.add(one, f64x2.mul(p, z));
    // An odd number of quarter turns changes the two; turns 1 and 2 the sign of cos, 2 and 3 that of sin.
    const odd = i64x2.neg(v128.and(Q, i64x2.splat(1)));
    const flipCos = i64x2.shl(v128.and(i64x2.add(Q, i64x2.splat(1)), i64x2.splat(2)), 62);
    const flipSin = i64x2.shl(v128.and(Q, i64x2.splat(2)), 62);
    const cos = v128.xor(v128.bitselect(sine, cosine, odd), flipCos);
    const sin = v128.xor(v128.bitselect(cosine, sine, odd), flipSin);

    const c = f64x2.mul(radius, cos), s = f64x2.mul(radius, sin);
    const C4 = f32x4.demote_f64x2_zero(f64x2.mul(c, D)), S4 = f32x4.demote_f64x2_zero(f64x2.mul(s, D));
    const nearC = f64x2.le(f64x2.abs(c), C), nearS = f64x2.le(f64x2.abs(s), C);
    if (i64x2.all_true(v128.and(nearC, nearS))) {
      v128.store(out, v128.shuffle<i32>(C4, S4, 0, 4, 1, 5));
      out += 16;
      continue;
    }
    out = keep(out, f32x4.extract_lane(C4, 0), i64x2.extract_lane(nearC, 0));
    out = keep(out, f32x4.extract_lane(S4, 0), i64x2.extract_lane(nearS, 0));
    out = keep(out, f32x4.extract_lane(C4, 1), i64x2.extract_lane(nearC, 1));
    out = keep(out, f32x4.extract_lane(S4, 1), i64x2.extract_lane(nearS, 1));
  }
  return <u32>((out - start) >> 2);
}

/** Writes a number that is to be kept. @returns where the next one goes. */
// @ts-ignore: decorator
@inline
function keep(out: usize, value: f32, near: i64): usize {
  if (near == 0) return out;
  store<f32>(out, value);
  return out + 4;
}
