// Kernels of the update codecs; see kernels.as.ts for the conventions, and codecs/ for the encodings. Encoded bytes may be
// unaligned. `n` counts numbers; a kernel starts at the beginning of a block, and the last block may be shorter.

import { mulhi } from './philox-lanes.as';

/** Numbers that share one scale (int8, sign). */
const BLOCK: u32 = 256;

// ---------------------------------------------------------------- bfloat16: float32 without its lower 16 bits

/** Four float32 to bfloat16 in the low halves, rounded to nearest, ties to even; NaN becomes the quiet 0x7fc0. */
// @ts-ignore: decorator
@inline
function shorten(x: v128): v128 {
  const odd = v128.and(i32x4.shr_u(x, 16), i32x4.splat(1));
  const rounded = i32x4.shr_u(i32x4.add(i32x4.add(x, i32x4.splat(0x7fff)), odd), 16);
  const nan = i32x4.gt_u(v128.and(x, i32x4.splat(0x7fffffff)), i32x4.splat(0x7f800000));
  return v128.bitselect(i32x4.splat(0x7fc0), rounded, nan);
}

/** 1 in every lane that was finite and is infinite as bfloat16. */
// @ts-ignore: decorator
@inline
function outgrown(x: v128, h: v128): v128 {
  const infinite = i32x4.eq(v128.and(h, i32x4.splat(0x7fff)), i32x4.splat(0x7f80));
  const before = i32x4.eq(v128.and(x, i32x4.splat(0x7fffffff)), i32x4.splat(0x7f800000));
  return v128.and(v128.andnot(infinite, before), i32x4.splat(1));
}

/** Encodes n floats at x into n bfloat16 at h; returns how many finite ones became infinite. */
export function encodeBf16(h: usize, x: usize, n: u32): u32 {
  let lost = i32x4.splat(0);
  const end = x + (<usize>(n & ~7) << 2);
  for (; x != end; x += 32, h += 16) {
    const a = v128.load(x), b = v128.load(x, 16);
    const ha = shorten(a), hb = shorten(b);
    lost = i32x4.add(lost, i32x4.add(outgrown(a, ha), outgrown(b, hb)));
    v128.store(h, i16x8.narrow_i32x4_u(ha, hb));
  }
  for (let i: u32 = n & 7; i > 0; i--, x += 4, h += 2) {
    const a = v128.load32_zero(x), ha = shorten(a);
    lost = i32x4.add(lost, v128.and(outgrown(a, ha), i32x4(1, 0, 0, 0)));
    store<u16>(h, <u16>i32x4.extract_lane(ha, 0));
  }
  return (
    i32x4.extract_lane(lost, 0) + i32x4.extract_lane(lost, 1) +
    i32x4.extract_lane(lost, 2) + i32x4.extract_lane(lost, 3)
  );
}

export function decodeBf16(y: usize, h: usize, n: u32): void {
  const end = y + (<usize>(n & ~7) << 2);
  for (; y != end; y += 32, h += 16) {
    const v = v128.load(h);
    v128.store(y, i32x4.shl(i32x4.extend_low_i16x8_u(v), 16));
    v128.store(y, i32x4.shl(i32x4.extend_high_i16x8_u(v), 16), 16);
  }
  for (let i: u32 = n & 7; i > 0; i--, y += 4, h += 2) store<u32>(y, <u32>load<u16>(h) << 16);
}

/** y += a * float32(h) */
export function axpyBf16(y: usize, a: f32, h: usize, n: u32): void {
  const A = f32x4.splat(a);
  const end = y + (<usize>(n & ~7) << 2);
  for (; y != end; y += 32, h += 16) {
    const v = v128.load(h);
    const low = i32x4.shl(i32x4.extend_low_i16x8_u(v), 16), high = i32x4.shl(i32x4.extend_high_i16x8_u(v), 16);
    v128.store(y, f32x4.add(v128.load(y), f32x4.mul(low, A)));
    v128.store(y, f32x4.add(v128.load(y, 16), f32x4.mul(high, A)), 16);
  }
  for (let i: u32 = n & 7; i > 0; i--, y += 4, h += 2) {
    store<f32>(y, load<f32>(y) + reinterpret<f32>(<u32>load<u16>(h) << 16) * a);
  }
}

export function finiteBf16(x: usize, n: u32): bool {
  const E = i16x8.splat(0x7f80);
  let bad = i16x8.splat(0);
  const end = x + (<usize>(n & ~7) << 1);
  for (; x != end; x += 16) bad = v128.or(bad, i16x8.eq(v128.and(v128.load(x), E), E));
  let any = v128.any_true(bad);
  for (let i: u32 = n & 7; i > 0; i--, x += 2) any = any || (<u32>load<u16>(x) & 0x7f80) == 0x7f80;
  return !any;
}

// ---------------------------------------------------------------- blocks with a scale

/** Up to four floats, zeros in the other lanes. */
// @ts-ignore: decorator
@inline
function few(x: usize, left: u32): v128 {
  let v = v128.load32_zero(x);
  if (left > 1) v = f32x4.replace_lane(v, 1, load<f32>(x, 4));
  if (left > 2) v = f32x4.replace_lane(v, 2, load<f32>(x, 8));
  return v;
}

/** Whether the scale at the head of each block is finite; a full block is 4 bytes and `bits` for each number. */
// @ts-ignore: decorator
@inline
function finiteScales(h: usize, n: u32, bits: u32): bool {
  let finite = true;
  for (let i: u32 = 0; i < n; i += BLOCK, h += 4 + ((BLOCK * bits) >> 3)) {
    finite = finite && (load<u32>(h) & 0x7f800000) != 0x7f800000;
  }
  return finite;
}

export function finiteI8(h: usize, n: u32): bool {
  return finiteScales(h, n, 8);
}

export function finiteSigns(h: usize, n: u32): bool {
  return finiteScales(h, n, 1);
}

// ---------------------------------------------------------------- int8

/** Below it 127/max is not finite: the block is taken for zeros. */
const TINY: f32 = 1e-30;

// @ts-ignore: decorator
@inline
function largest(x: usize, m: u32): f32 {
  let M = f32x4.splat(0);
  const end = x + (<usize>(m & ~3) << 2);
  for (; x != end; x += 16) M = f32x4.max(M, f32x4.abs(v128.load(x)));
  if (m & 3) M = f32x4.max(M, f32x4.abs(few(x, m & 3)));
  return max(max(f32x4.extract_lane(M, 0), f32x4.extract_lane(M, 1)), max(f32x4.extract_lane(M, 2), f32x4.extract_lane(M, 3)));
}

/** Four numbers as int8: floor(x/scale + u), u = (16 bits + 1/2)/2^16; as many as are left are stored. */
// @ts-ignore: decorator
@inline
function quantise(h: usize, x: usize, left: i32, inverse: v128, random: v128): void {
  if (left <= 0) return;
  const u = f32x4.mul(f32x4.add(f32x4.convert_i32x4_s(random), f32x4.splat(0.5)), f32x4.splat(1.52587890625e-5));
  const v = left >= 4 ? v128.load(x) : few(x, left);
  const q = i32x4.trunc_sat_f32x4_s(f32x4.floor(f32x4.add(f32x4.mul(v, inverse), u)));
  const c = i32x4.max_s(i32x4.min_s(q, i32x4.splat(127)), i32x4.splat(-127));
  const w = i16x8.narrow_i32x4_s(c, c), b = i8x16.narrow_i16x8_s(w, w);
  if (left >= 4) {
    v128.store32_lane(h, b, 0);
  } else {
    store<i8>(h, i8x16.extract_lane_s(b, 0));
    if (left > 1) store<i8>(h, i8x16.extract_lane_s(b, 1), 1);
    if (left > 2) store<i8>(h, i8x16.extract_lane_s(b, 2), 2);
  }
}

/**
 * Each block as its scale, max |x|/127, and int8 numbers rounded stochastically. Philox4x32-10 under the key (k0, k1): number
 * i of the call takes half (i >> 2) & 1 of word (i >> 3) & 3 of the block with counter (c0 + 4 (i >> 5) + (i & 3), c1, 0, 0).
 */
export function encodeI8(h: usize, x: usize, n: u32, k0: u32, k1: u32, c0: u32, c1: u32): void {
  const M0 = i32x4.splat(0xd2511f53), M1 = i32x4.splat(0xcd9e8d57), LOW = i32x4.splat(0xffff);
  for (let start: u32 = 0; start < n; start += BLOCK) {
    const m = min(BLOCK, n - start);
    const most = largest(x, m);
    // NaN passes this comparison, and is seen in the scale.
    const small = most < TINY;
    const I = f32x4.splat(small ? 0 : 127 / most);
    store<f32>(h, small ? 0 : most / 127);
    h += 4;
    for (let i: u32 = 0; i < m; i += 32, c0 += 4) {
      let x0 = i32x4.add(i32x4.splat(<i32>c0), i32x4(0, 1, 2, 3));
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
      const left = <i32>(m - i);
      quantise(h, x, left, I, v128.and(x0, LOW));
      quantise(h + 4, x + 16, left - 4, I, i32x4.shr_u(x0, 16));
      quantise(h + 8, x + 32, left - 8, I, v128.and(x1, LOW));
      quantise(h + 12, x + 48, left - 12, I, i32x4.shr_u(x1, 16));
      quantise(h + 16, x + 64, left - 16, I, v128.and(x2, LOW));
      quantise(h + 20, x + 80, left - 20, I, i32x4.shr_u(x2, 16));
      quantise(h + 24, x + 96, left - 24, I, v128.and(x3, LOW));
      quantise(h + 28, x + 112, left - 28, I, i32x4.shr_u(x3, 16));
      const taken = min(<u32>32, m - i);
      h += taken;
      x += <usize>taken << 2;
    }
  }
}

/** y += (a * scale) * q */
export function axpyI8(y: usize, a: f32, h: usize, n: u32): void {
  for (let start: u32 = 0; start < n; start += BLOCK) {
    const m = min(BLOCK, n - start);
    const s = a * load<f32>(h);
    const S = f32x4.splat(s);
    h += 4;
    const end = y + (<usize>(m & ~15) << 2);
    for (; y != end; y += 64, h += 16) {
      const v = v128.load(h);
      const low = i16x8.extend_low_i8x16_s(v), high = i16x8.extend_high_i8x16_s(v);
      v128.store(y, f32x4.add(v128.load(y), f32x4.mul(f32x4.convert_i32x4_s(i32x4.extend_low_i16x8_s(low)), S)));
      v128.store(y, f32x4.add(v128.load(y, 16), f32x4.mul(f32x4.convert_i32x4_s(i32x4.extend_high_i16x8_s(low)), S)), 16);
      v128.store(y, f32x4.add(v128.load(y, 32), f32x4.mul(f32x4.convert_i32x4_s(i32x4.extend_low_i16x8_s(high)), S)), 32);
      v128.store(y, f32x4.add(v128.load(y, 48), f32x4.mul(f32x4.convert_i32x4_s(i32x4.extend_high_i16x8_s(high)), S)), 48);
    }
    for (let i: u32 = m & 15; i > 0; i--, y += 4, h += 1) store<f32>(y, load<f32>(y) + <f32>load<i8>(h) * s);
  }
}

// ---------------------------------------------------------------- signs

/** Signs as bits, the first number in the lowest; 1 is negative. A zero takes its bit of `zeros`. */
export function encodeVotes(h: usize, x: usize, n: u32, zeros: u32): void {
  const Z = f32x4.splat(0);
  for (let i: u32 = 0; i < n; i += 32) {
    const left = min(<u32>32, n - i);
    let negative: u32 = 0, zero: u32 = 0;
    for (let j: u32 = 0; j < left; j += 4, x += 16) {
      const v = j + 4 <= left ? v128.load(x) : few(x, left - j);
      negative |= <u32>i32x4.bitmask(v) << j;
      zero |= <u32>i32x4.bitmask(f32x4.eq(v, Z)) << j;
    }
    const word = (negative & ~zero) | (zeros & zero);
    if (left == 32) {
      store<u32>(h, word);
      h += 4;
    } else {
      const bits = word & ((1 << left) - 1);
      for (let b: u32 = 0; b < left; b += 8, h += 1) store<u8>(h, <u8>(bits >> b));
    }
  }
}

/** y += s where the bit is 0, y -= s where it is 1. */
export function axpyVotes(y: usize, s: f32, h: usize, n: u32): void {
  const S = f32x4.splat(s), ONES = i32x4(1, 2, 4, 8), NEGATIVE = i32x4.splat(0x80000000);
  let i: u32 = 0;
  for (; i + 32 <= n; i += 32, h += 4) {
    let W = i32x4.splat(load<i32>(h));
    for (let j = 0; j < 8; j++, y += 16) {
      const flip = v128.and(i32x4.eq(v128.and(W, ONES), ONES), NEGATIVE);
      v128.store(y, f32x4.add(v128.load(y), v128.xor(S, flip)));
      W = i32x4.shr_u(W, 4);
    }
  }
  for (let j: u32 = 0; i < n; i++, j++, y += 4) {
    const bit = (load<u8>(h + (j >> 3)) >> <u8>(j & 7)) & 1;
    store<f32>(y, load<f32>(y) + (bit ? -s : s));
  }
}

/** Each block as its scale, mean |x|, and its signs. */
export function encodeSigns(h: usize, x: usize, n: u32, zeros: u32): void {
  for (let start: u32 = 0; start < n; start += BLOCK) {
    const m = min(BLOCK, n - start);
    let M = f32x4.splat(0);
    let at = x;
    const end = x + (<usize>(m & ~3) << 2);
    for (; at != end; at += 16) M = f32x4.add(M, f32x4.abs(v128.load(at)));
    if (m & 3) M = f32x4.add(M, f32x4.abs(few(at, m & 3)));
    const sum = (f32x4.extract_lane(M, 0) + f32x4.extract_lane(M, 1)) + (f32x4.extract_lane(M, 2) + f32x4.extract_lane(M, 3));
    store<f32>(h, sum / <f32>m);
    encodeVotes(h + 4, x, m, zeros);
    h += 4 + ((m + 7) >> 3);
    x += <usize>m << 2;
  }
}

export function axpySigns(y: usize, a: f32, h: usize, n: u32): void {
  for (let start: u32 = 0; start < n; start += BLOCK) {
    const m = min(BLOCK, n - start);
    axpyVotes(y, a * load<f32>(h), h + 4, m);
    h += 4 + ((m + 7) >> 3);
    y += <usize>m << 2;
  }
}

/** y += s * sign(x), with sign(0) = 0. */
export function addSign(y: usize, s: f32, x: usize, n: u32): void {
  const S = f32x4.splat(s), Z = f32x4.splat(0);
  const end = y + (<usize>(n & ~3) << 2);
  for (; y != end; y += 16, x += 16) {
    const v = v128.load(x);
    const up = v128.and(f32x4.gt(v, Z), S), down = v128.and(f32x4.lt(v, Z), S);
    v128.store(y, f32x4.add(v128.load(y), f32x4.sub(up, down)));
  }
  for (let i: u32 = n & 3; i > 0; i--, y += 4, x += 4) {
    const v = load<f32>(x);
    const sign: f32 = v > 0 ? s : v < 0 ? -s : 0;
    store<f32>(y, load<f32>(y) + sign);
  }
}

// ---------------------------------------------------------------- selection

/**
 * Counts numbers by the upper 11 bits of |x|'s 31 (exponent and three bits of the fraction), in two tables [2][2048] of u32
 * in turns: neighbours are often in one bin, and would wait for each other.
 */
export function countMagnitudes(table: usize, x: usize, n: u32): void {
  const end = x + (<usize>(n & ~1) << 2);
  for (; x != end; x += 8) {
    count(table, load<u32>(x));
    count(table + 8192, load<u32>(x, 4));
  }
  if (n & 1) count(table, load<u32>(x));
}

// @ts-ignore: decorator
@inline
function count(table: usize, bits: u32): void {
  const at = table + (<usize>((bits & 0x7fffffff) >> 20) << 2);
  store<u32>(at, load<u32>(at) + 1);
}
