// Vector kernels over float32 ranges of one imported memory: AssemblyScript, compiled to WebAssembly with SIMD by
// scripts/generate/kernels.mjs. Addresses are bytes and may be unaligned; `n` counts floats. Each kernel has a
// four-lane loop and a scalar tail that computes the same expression, so the result of an element does not depend
// on where it lies in its range: a sub-range gives the bits that the whole range gives.

import { mulhi } from './philox-lanes.as';

export * from './codec-kernels.as';
export * from './draw-kernels.as';

// ---------------------------------------------------------------- elementwise

export function add(y: usize, x: usize, n: u32): void {
  const end = y + (<usize>(n & ~3) << 2);
  for (; y != end; y += 16, x += 16) v128.store(y, f32x4.add(v128.load(y), v128.load(x)));
  for (let i: u32 = n & 3; i > 0; i--, y += 4, x += 4) store<f32>(y, load<f32>(y) + load<f32>(x));
}

export function axpy(y: usize, a: f32, x: usize, n: u32): void {
  const A = f32x4.splat(a);
  const end = y + (<usize>(n & ~3) << 2);
  for (; y != end; y += 16, x += 16) v128.store(y, f32x4.add(v128.load(y), f32x4.mul(v128.load(x), A)));
  for (let i: u32 = n & 3; i > 0; i--, y += 4, x += 4) store<f32>(y, load<f32>(y) + load<f32>(x) * a);
}

export function scale(y: usize, a: f32, n: u32): void {
  const A = f32x4.splat(a);
  const end = y + (<usize>(n & ~3) << 2);
  for (; y != end; y += 16) v128.store(y, f32x4.mul(v128.load(y), A));
  for (let i: u32 = n & 3; i > 0; i--, y += 4) store<f32>(y, load<f32>(y) * a);
}

export function subtract(y: usize, a: usize, b: usize, n: u32): void {
  const end = y + (<usize>(n & ~3) << 2);
  for (; y != end; y += 16, a += 16, b += 16) v128.store(y, f32x4.sub(v128.load(a), v128.load(b)));
  for (let i: u32 = n & 3; i > 0; i--, y += 4, a += 4, b += 4) store<f32>(y, load<f32>(a) - load<f32>(b));
}

// ---------------------------------------------------------------- reductions

/** Sum of squares in double precision; the order of summation depends on n only. */
export function sumOfSquares(x: usize, n: u32): f64 {
  let low = f64x2.splat(0), high = f64x2.splat(0);
  const end = x + (<usize>(n & ~3) << 2);
  for (; x != end; x += 16) {
    const v = v128.load(x);
    const a = f64x2.promote_low_f32x4(v);
    const b = f64x2.promote_low_f32x4(v128.shuffle<u64>(v, v, 1, 0));
    low = f64x2.add(low, f64x2.mul(a, a));
    high = f64x2.add(high, f64x2.mul(b, b));
  }
  const s = f64x2.add(low, high);
  let sum = f64x2.extract_lane(s, 0) + f64x2.extract_lane(s, 1);
  for (let i: u32 = n & 3; i > 0; i--, x += 4) {
    const v = <f64>load<f32>(x);
    sum += v * v;
  }
  return sum;
}

/** Whether no element has the exponent of infinity and NaN. */
export function finite(x: usize, n: u32): bool {
  const E = i32x4.splat(0x7f800000);
  let bad = i32x4.splat(0);
  const end = x + (<usize>(n & ~3) << 2);
  for (; x != end; x += 16) bad = v128.or(bad, i32x4.eq(v128.and(v128.load(x), E), E));
  let any = v128.any_true(bad);
  for (let i: u32 = n & 3; i > 0; i--, x += 4) any = any || (load<u32>(x) & 0x7f800000) == 0x7f800000;
  return !any;
}

/** The same for n float16 numbers. */
export function finiteF16(x: usize, n: u32): bool {
  const E = i16x8.splat(0x7c00);
  let bad = i16x8.splat(0);
  const end = x + (<usize>(n & ~7) << 1);
  for (; x != end; x += 16) bad = v128.or(bad, i16x8.eq(v128.and(v128.load(x), E), E));
  let any = v128.any_true(bad);
  for (let i: u32 = n & 7; i > 0; i--, x += 2) any = any || (<u32>load<u16>(x) & 0x7c00) == 0x7c00;
  return !any;
}

// ---------------------------------------------------------------- float16 (IEEE 754 binary16)
// Branch-free forms after F. Giesen, "Float->half variants": no step produces a float32 subnormal, which some
// processors handle a hundred times more slowly.

/** Four float16 in the low halves of four 32-bit lanes, to float32. */
// @ts-ignore: decorator
@inline
function widen(h: v128): v128 {
  const sign = i32x4.shl(v128.and(h, i32x4.splat(0x8000)), 16);
  const shifted = i32x4.shl(v128.and(h, i32x4.splat(0x7fff)), 13);
  const exponent = v128.and(shifted, i32x4.splat(0x0f800000));
  const normal = i32x4.add(shifted, i32x4.splat(0x38000000));
  // Infinity and NaN: the exponent goes on to 255.
  const special = i32x4.add(normal, i32x4.splat(0x38000000));
  // Subnormal: 2^-14 (1 + m/1024) - 2^-14.
  const tiny = f32x4.sub(i32x4.add(normal, i32x4.splat(0x00800000)), i32x4.splat(0x38800000));
  const magnitude = v128.bitselect(
    special,
    v128.bitselect(tiny, normal, i32x4.eq(exponent, i32x4.splat(0))),
    i32x4.eq(exponent, i32x4.splat(0x0f800000)),
  );
  return v128.or(magnitude, sign);
}

/** Four float32 to float16 in the low halves, rounded to nearest, ties to even; NaN becomes the quiet 0x7e00. */
// @ts-ignore: decorator
@inline
function narrow(x: v128): v128 {
  const sign = v128.and(x, i32x4.splat(0x80000000));
  const m = v128.xor(x, sign);
  // Adding 1/2 puts the rounding position of float16's subnormals at float32's last bit.
  const magic = i32x4.splat(0x3f000000);
  const tiny = i32x4.sub(f32x4.add(m, magic), magic);
  const odd = v128.and(i32x4.shr_u(m, 13), i32x4.splat(1));
  const normal = i32x4.shr_u(i32x4.add(i32x4.add(m, i32x4.splat(0xc8000fff)), odd), 13);
  const special = v128.bitselect(
    i32x4.splat(0x7e00),
    i32x4.splat(0x7c00),
    i32x4.gt_u(m, i32x4.splat(0x7f800000)),
  );
  const small = v128.bitselect(tiny, normal, i32x4.lt_u(m, i32x4.splat(0x38800000)));
  const half = v128.bitselect(special, small, i32x4.ge_u(m, i32x4.splat(0x47800000)));
  return v128.or(half, i32x4.shr_u(sign, 16));
}

/** 1 in every lane that was finite and is infinite as float16. */
// @ts-ignore: decorator
@inline
function overflowed(x: v128, h: v128): v128 {
  const infinite = i32x4.eq(v128.and(h, i32x4.splat(0x7fff)), i32x4.splat(0x7c00));
  const before = i32x4.eq(v128.and(x, i32x4.splat(0x7fffffff)), i32x4.splat(0x7f800000));
  return v128.and(v128.andnot(infinite, before), i32x4.splat(1));
}

/** Encodes n floats at x into n float16 at h; returns how many finite ones became infinite. */
export function encodeF16(h: usize, x: usize, n: u32): u32 {
  let lost = i32x4.splat(0);
  const end = x + (<usize>(n & ~7) << 2);
  for (; x != end; x += 32, h += 16) {
    const a = v128.load(x), b = v128.load(x, 16);
    const ha = narrow(a), hb = narrow(b);
    lost = i32x4.add(lost, i32x4.add(overflowed(a, ha), overflowed(b, hb)));
    v128.store(h, i16x8.narrow_i32x4_u(ha, hb));
  }
  for (let i: u32 = n & 7; i > 0; i--, x += 4, h += 2) {
    const a = v128.load32_zero(x), ha = narrow(a);
    lost = i32x4.add(lost, overflowed(a, ha));
    store<u16>(h, <u16>i32x4.extract_lane(ha, 0));
  }
  return (
    i32x4.extract_lane(lost, 0) + i32x4.extract_lane(lost, 1) +
    i32x4.extract_lane(lost, 2) + i32x4.extract_lane(lost, 3)
  );
}

export function decodeF16(y: usize, h: usize, n: u32): void {
  const end = y + (<usize>(n & ~7) << 2);
  for (; y != end; y += 32, h += 16) {
    const v = v128.load(h);
    v128.store(y, widen(i32x4.extend_low_i16x8_u(v)));
    v128.store(y, widen(i32x4.extend_high_i16x8_u(v)), 16);
  }
  for (let i: u32 = n & 7; i > 0; i--, y += 4, h += 2) {
    store<f32>(y, f32x4.extract_lane(widen(i32x4.splat(<i32>load<u16>(h))), 0));
  }
}

/** y += a * float32(h), without a decoded copy. */
export function axpyF16(y: usize, a: f32, h: usize, n: u32): void {
  const A = f32x4.splat(a);
  const end = y + (<usize>(n & ~7) << 2);
  for (; y != end; y += 32, h += 16) {
    const v = v128.load(h);
    v128.store(y, f32x4.add(v128.load(y), f32x4.mul(widen(i32x4.extend_low_i16x8_u(v)), A)));
    v128.store(y, f32x4.add(v128.load(y, 16), f32x4.mul(widen(i32x4.extend_high_i16x8_u(v)), A)), 16);
  }
  for (let i: u32 = n & 7; i > 0; i--, y += 4, h += 2) {
    store<f32>(y, load<f32>(y) + f32x4.extract_lane(widen(i32x4.splat(<i32>load<u16>(h))), 0) * a);
  }
}

// ---------------------------------------------------------------- optimizers
// One pass each, in PyTorch's order of operations. `gs` multiplies the gradient first (1/divisor, clipping), `l2`
// is the weight decay that is added to the gradient, `shrink` multiplies the weight (decoupled decay: 1 - lr*wd).

// @ts-ignore: decorator
@inline
function adamLanes(
  p: usize, m: usize, v: usize, g: usize,
  gs: v128, b1: v128, o1: v128, b2: v128, o2: v128, rate: v128, bias2: v128, eps: v128, l2: v128, shrink: v128,
  P: v128, M: v128, V: v128, G: v128, single: bool,
): void {
  G = f32x4.add(f32x4.mul(G, gs), f32x4.mul(P, l2));
  M = f32x4.add(f32x4.mul(M, b1), f32x4.mul(G, o1));
  V = f32x4.add(f32x4.mul(V, b2), f32x4.mul(f32x4.mul(G, G), o2));
  const d = f32x4.add(f32x4.mul(f32x4.sqrt(V), bias2), eps);
  P = f32x4.sub(f32x4.mul(P, shrink), f32x4.div(f32x4.mul(M, rate), d));
  if (single) {
    v128.store_lane<f32>(m, M, 0);
    v128.store_lane<f32>(v, V, 0);
    v128.store_lane<f32>(p, P, 0);
  } else {
    v128.store(m, M);
    v128.store(v, V);
    v128.store(p, P);
  }
}

/** `rate` is lr/(1 - b1^t), `bias2` is 1/sqrt(1 - b2^t), `o1` and `o2` are 1 - b1 and 1 - b2. */
export function adam(
  p: usize, m: usize, v: usize, g: usize, n: u32,
  gs: f32, b1: f32, o1: f32, b2: f32, o2: f32, rate: f32, bias2: f32, eps: f32, l2: f32, shrink: f32,
): void {
  const GS = f32x4.splat(gs), B1 = f32x4.splat(b1), O1 = f32x4.splat(o1), B2 = f32x4.splat(b2);
  const O2 = f32x4.splat(o2), R = f32x4.splat(rate), C = f32x4.splat(bias2), E = f32x4.splat(eps);
  const L = f32x4.splat(l2), S = f32x4.splat(shrink);
  const end = p + (<usize>(n & ~3) << 2);
  for (; p != end; p += 16, m += 16, v += 16, g += 16) {
    adamLanes(p, m, v, g, GS, B1, O1, B2, O2, R, C, E, L, S, v128.load(p), v128.load(m), v128.load(v), v128.load(g), false);
  }
  for (let i: u32 = n & 3; i > 0; i--, p += 4, m += 4, v += 4, g += 4) {
    adamLanes(
      p, m, v, g, GS, B1, O1, B2, O2, R, C, E, L, S,
      v128.load32_zero(p), v128.load32_zero(m), v128.load32_zero(v), v128.load32_zero(g), true,
    );
  }
}

/** SGD without momentum. */
export function sgd(p: usize, g: usize, n: u32, gs: f32, lr: f32, l2: f32): void {
  const GS = f32x4.splat(gs), R = f32x4.splat(lr), L = f32x4.splat(l2);
  const end = p + (<usize>(n & ~3) << 2);
  for (; p != end; p += 16, g += 16) {
    const P = v128.load(p);
    const G = f32x4.add(f32x4.mul(v128.load(g), GS), f32x4.mul(P, L));
    v128.store(p, f32x4.sub(P, f32x4.mul(G, R)));
  }
  for (let i: u32 = n & 3; i > 0; i--, p += 4, g += 4) {
    const P = load<f32>(p);
    const G = load<f32>(g) * gs + P * l2;
    store<f32>(p, P - G * lr);
  }
}

/** b = mu b + G; the step is b, or G + mu b with `nesterov`. Written as keepG*G + keepB*b. */
export function sgdMomentum(
  p: usize, b: usize, g: usize, n: u32, gs: f32, lr: f32, l2: f32, mu: f32, keepG: f32, keepB: f32,
): void {
  const GS = f32x4.splat(gs), R = f32x4.splat(lr), L = f32x4.splat(l2), MU = f32x4.splat(mu);
  const KG = f32x4.splat(keepG), KB = f32x4.splat(keepB);
  const end = p + (<usize>(n & ~3) << 2);
  for (; p != end; p += 16, b += 16, g += 16) {
    const P = v128.load(p);
    const G = f32x4.add(f32x4.mul(v128.load(g), GS), f32x4.mul(P, L));
    const B = f32x4.add(f32x4.mul(v128.load(b), MU), G);
    v128.store(b, B);
    v128.store(p, f32x4.sub(P, f32x4.mul(f32x4.add(f32x4.mul(G, KG), f32x4.mul(B, KB)), R)));
  }
  for (let i: u32 = n & 3; i > 0; i--, p += 4, b += 4, g += 4) {
    const P = load<f32>(p);
    const G = load<f32>(g) * gs + P * l2;
    const B = load<f32>(b) * mu + G;
    store<f32>(b, B);
    store<f32>(p, P - (G * keepG + B * keepB) * lr);
  }
}

/** v = a v + (1-a) G^2, b = mu b + G/(sqrt(v)+eps), p -= lr b. Without momentum mu is 0 and b is scratch. */
export function rmsprop(
  p: usize, v: usize, b: usize, g: usize, n: u32,
  gs: f32, lr: f32, l2: f32, a: f32, oa: f32, eps: f32, mu: f32, momentum: bool,
): void {
  const GS = f32x4.splat(gs), R = f32x4.splat(lr), L = f32x4.splat(l2), A = f32x4.splat(a);
  const OA = f32x4.splat(oa), E = f32x4.splat(eps), MU = f32x4.splat(mu);
  const end = p + (<usize>(n & ~3) << 2);
  for (; p != end; p += 16, v += 16, b += 16, g += 16) {
    const P = v128.load(p);
    const G = f32x4.add(f32x4.mul(v128.load(g), GS), f32x4.mul(P, L));
    const V = f32x4.add(f32x4.mul(v128.load(v), A), f32x4.mul(f32x4.mul(G, G), OA));
    v128.store(v, V);
    let D = f32x4.div(G, f32x4.add(f32x4.sqrt(V), E));
    if (momentum) {
      D = f32x4.add(f32x4.mul(v128.load(b), MU), D);
      v128.store(b, D);
    }
    v128.store(p, f32x4.sub(P, f32x4.mul(D, R)));
  }
  for (let i: u32 = n & 3; i > 0; i--, p += 4, v += 4, b += 4, g += 4) {
    const P = load<f32>(p);
    const G = load<f32>(g) * gs + P * l2;
    const V = load<f32>(v) * a + G * G * oa;
    store<f32>(v, V);
    let D: f32 = G / (sqrt<f32>(V) + eps);
    if (momentum) {
      D = load<f32>(b) * mu + D;
      store<f32>(b, D);
    }
    store<f32>(p, P - D * lr);
  }
}

// The optimizers below read and write through these two: `single` is known when they are inlined, so that the loop over
// four lanes and its tail of one lane are the same expression.

// @ts-ignore: decorator
@inline
function take(x: usize, single: bool): v128 {
  return single ? v128.load32_zero(x) : v128.load(x);
}

// @ts-ignore: decorator
@inline
function give(x: usize, value: v128, single: bool): void {
  if (single) v128.store_lane<f32>(x, value, 0);
  else v128.store(x, value);
}

/** gs*g + l2*P */
// @ts-ignore: decorator
@inline
function decayed(g: usize, P: v128, gs: f32, l2: f32, single: bool): v128 {
  return f32x4.add(f32x4.mul(take(g, single), f32x4.splat(gs)), f32x4.mul(P, f32x4.splat(l2)));
}

/** b*x + o*y */
// @ts-ignore: decorator
@inline
function blend(X: v128, b: f32, Y: v128, o: f32): v128 {
  return f32x4.add(f32x4.mul(X, f32x4.splat(b)), f32x4.mul(Y, f32x4.splat(o)));
}

// @ts-ignore: decorator
@inline
function adagradLanes(p: usize, s: usize, g: usize, gs: f32, lr: f32, l2: f32, eps: f32, single: bool): void {
  const P = take(p, single), G = decayed(g, P, gs, l2, single);
  const S = f32x4.add(take(s, single), f32x4.mul(G, G));
  give(s, S, single);
  const d = f32x4.add(f32x4.sqrt(S), f32x4.splat(eps));
  give(p, f32x4.sub(P, f32x4.div(f32x4.mul(G, f32x4.splat(lr)), d)), single);
}

/** s += G^2, p -= lr G/(sqrt(s)+eps) */
export function adagrad(p: usize, s: usize, g: usize, n: u32, gs: f32, lr: f32, l2: f32, eps: f32): void {
  const end = p + (<usize>(n & ~3) << 2);
  for (; p != end; p += 16, s += 16, g += 16) adagradLanes(p, s, g, gs, lr, l2, eps, false);
  for (let i: u32 = n & 3; i > 0; i--, p += 4, s += 4, g += 4) adagradLanes(p, s, g, gs, lr, l2, eps, true);
}

// @ts-ignore: decorator
@inline
function fedoptLanes(
  p: usize, m: usize, v: usize, g: usize,
  gs: f32, lr: f32, b1: f32, o1: f32, b2: f32, o2: f32, tau: f32, yogi: bool, single: bool,
): void {
  const G = f32x4.mul(take(g, single), f32x4.splat(gs)), S = f32x4.mul(G, G), V0 = take(v, single);
  const M = blend(take(m, single), b1, G, o1);
  // Yogi's sign(v - s) as the difference of two comparisons, which are -1 where they hold.
  const N = f32x4.convert_i32x4_s(i32x4.sub(f32x4.lt(V0, S), f32x4.gt(V0, S)));
  const V = yogi ? f32x4.sub(V0, f32x4.mul(f32x4.mul(S, f32x4.splat(o2)), N)) : blend(V0, b2, S, o2);
  give(m, M, single);
  give(v, V, single);
  const d = f32x4.add(f32x4.sqrt(V), f32x4.splat(tau));
  give(p, f32x4.sub(take(p, single), f32x4.div(f32x4.mul(M, f32x4.splat(lr)), d)), single);
}

/** m = b1 m + o1 G, v = b2 v + o2 G^2, or v - o2 G^2 sign(v - G^2) with `yogi`; p -= lr m/(sqrt(v)+tau) */
export function fedopt(
  p: usize, m: usize, v: usize, g: usize, n: u32,
  gs: f32, lr: f32, b1: f32, o1: f32, b2: f32, o2: f32, tau: f32, yogi: bool,
): void {
  const end = p + (<usize>(n & ~3) << 2);
  for (; p != end; p += 16, m += 16, v += 16, g += 16) {
    fedoptLanes(p, m, v, g, gs, lr, b1, o1, b2, o2, tau, yogi, false);
  }
  for (let i: u32 = n & 3; i > 0; i--, p += 4, m += 4, v += 4, g += 4) {
    fedoptLanes(p, m, v, g, gs, lr, b1, o1, b2, o2, tau, yogi, true);
  }
}

// @ts-ignore: decorator
@inline
function adadeltaLanes(
  p: usize, s: usize, u: usize, g: usize,
  gs: f32, lr: f32, l2: f32, a: f32, oa: f32, eps: f32, single: bool,
): void {
  const P = take(p, single), G = decayed(g, P, gs, l2, single), E = f32x4.splat(eps), U = take(u, single);
  const S = blend(take(s, single), a, f32x4.mul(G, G), oa);
  give(s, S, single);
  const D = f32x4.mul(f32x4.div(f32x4.sqrt(f32x4.add(U, E)), f32x4.sqrt(f32x4.add(S, E))), G);
  give(u, blend(U, a, f32x4.mul(D, D), oa), single);
  give(p, f32x4.sub(P, f32x4.mul(D, f32x4.splat(lr))), single);
}

/** s = a s + (1-a) G^2, D = sqrt(u+eps)/sqrt(s+eps) G, u = a u + (1-a) D^2, p -= lr D */
export function adadelta(
  p: usize, s: usize, u: usize, g: usize, n: u32, gs: f32, lr: f32, l2: f32, a: f32, oa: f32, eps: f32,
): void {
  const end = p + (<usize>(n & ~3) << 2);
  for (; p != end; p += 16, s += 16, u += 16, g += 16) adadeltaLanes(p, s, u, g, gs, lr, l2, a, oa, eps, false);
  for (let i: u32 = n & 3; i > 0; i--, p += 4, s += 4, u += 4, g += 4) {
    adadeltaLanes(p, s, u, g, gs, lr, l2, a, oa, eps, true);
  }
}

// @ts-ignore: decorator
@inline
function adamaxLanes(
  p: usize, m: usize, u: usize, g: usize,
  gs: f32, rate: f32, l2: f32, b1: f32, o1: f32, b2: f32, eps: f32, single: bool,
): void {
  const P = take(p, single), G = decayed(g, P, gs, l2, single);
  const M = blend(take(m, single), b1, G, o1);
  const U = f32x4.max(f32x4.mul(take(u, single), f32x4.splat(b2)), f32x4.add(f32x4.abs(G), f32x4.splat(eps)));
  give(m, M, single);
  give(u, U, single);
  give(p, f32x4.sub(P, f32x4.div(f32x4.mul(M, f32x4.splat(rate)), U)), single);
}

/** m = b1 m + o1 G, u = max(b2 u, |G|+eps), p -= rate m/u; `rate` is lr/(1 - b1^t). */
export function adamax(
  p: usize, m: usize, u: usize, g: usize, n: u32,
  gs: f32, rate: f32, l2: f32, b1: f32, o1: f32, b2: f32, eps: f32,
): void {
  const end = p + (<usize>(n & ~3) << 2);
  for (; p != end; p += 16, m += 16, u += 16, g += 16) adamaxLanes(p, m, u, g, gs, rate, l2, b1, o1, b2, eps, false);
  for (let i: u32 = n & 3; i > 0; i--, p += 4, m += 4, u += 4, g += 4) {
    adamaxLanes(p, m, u, g, gs, rate, l2, b1, o1, b2, eps, true);
  }
}

// @ts-ignore: decorator
@inline
function nadamLanes(
  p: usize, m: usize, v: usize, g: usize,
  gs: f32, b1: f32, o1: f32, b2: f32, o2: f32, rateG: f32, rateM: f32, bias2: f32, eps: f32, l2: f32, single: bool,
): void {
  const P = take(p, single), G = decayed(g, P, gs, l2, single);
  const M = blend(take(m, single), b1, G, o1);
  const V = blend(take(v, single), b2, f32x4.mul(G, G), o2);
  give(m, M, single);
  give(v, V, single);
  const d = f32x4.add(f32x4.mul(f32x4.sqrt(V), f32x4.splat(bias2)), f32x4.splat(eps));
  give(p, f32x4.sub(P, f32x4.div(blend(G, rateG, M, rateM), d)), single);
}

/** Adam whose step is (rateG G + rateM m)/(sqrt(v) bias2 + eps): Nesterov's momentum in advance. */
export function nadam(
  p: usize, m: usize, v: usize, g: usize, n: u32,
  gs: f32, b1: f32, o1: f32, b2: f32, o2: f32, rateG: f32, rateM: f32, bias2: f32, eps: f32, l2: f32,
): void {
  const end = p + (<usize>(n & ~3) << 2);
  for (; p != end; p += 16, m += 16, v += 16, g += 16) {
    nadamLanes(p, m, v, g, gs, b1, o1, b2, o2, rateG, rateM, bias2, eps, l2, false);
  }
  for (let i: u32 = n & 3; i > 0; i--, p += 4, m += 4, v += 4, g += 4) {
    nadamLanes(p, m, v, g, gs, b1, o1, b2, o2, rateG, rateM, bias2, eps, l2, true);
  }
}

// @ts-ignore: decorator
@inline
function lionLanes(
  p: usize, m: usize, g: usize,
  gs: f32, lr: f32, b1: f32, o1: f32, b2: f32, o2: f32, shrink: f32, single: bool,
): void {
  const G = f32x4.mul(take(g, single), f32x4.splat(gs)), M = take(m, single);
  const C = blend(M, b1, G, o1), Z = f32x4.splat(0), R = f32x4.splat(lr);
  give(m, blend(M, b2, G, o2), single);
  const up = v128.and(f32x4.gt(C, Z), R), down = v128.and(f32x4.lt(C, Z), R);
  give(p, f32x4.sub(f32x4.mul(take(p, single), f32x4.splat(shrink)), f32x4.sub(up, down)), single);
}

/** p = shrink p - lr sign(b1 m + o1 G), m = b2 m + o2 G */
export function lion(
  p: usize, m: usize, g: usize, n: u32, gs: f32, lr: f32, b1: f32, o1: f32, b2: f32, o2: f32, shrink: f32,
): void {
  const end = p + (<usize>(n & ~3) << 2);
  for (; p != end; p += 16, m += 16, g += 16) lionLanes(p, m, g, gs, lr, b1, o1, b2, o2, shrink, false);
  for (let i: u32 = n & 3; i > 0; i--, p += 4, m += 4, g += 4) {
    lionLanes(p, m, g, gs, lr, b1, o1, b2, o2, shrink, true);
  }
}

/** m/(1 - b1^t) / (sqrt(v/(1 - b2^t)) + eps) + decay p */
// @ts-ignore: decorator
@inline
function lambDirection(P: v128, M: v128, V: v128, bias1: f32, bias2: f32, eps: f32, decay: f32): v128 {
  const d = f32x4.add(f32x4.mul(f32x4.sqrt(V), f32x4.splat(bias2)), f32x4.splat(eps));
  return f32x4.add(f32x4.div(f32x4.mul(M, f32x4.splat(bias1)), d), f32x4.mul(P, f32x4.splat(decay)));
}

// @ts-ignore: decorator
@inline
function lambMomentLanes(
  p: usize, m: usize, v: usize, g: usize,
  gs: f32, b1: f32, o1: f32, b2: f32, o2: f32, bias1: f32, bias2: f32, eps: f32, decay: f32, single: bool,
): v128 {
  const G = f32x4.mul(take(g, single), f32x4.splat(gs));
  const M = blend(take(m, single), b1, G, o1);
  const V = blend(take(v, single), b2, f32x4.mul(G, G), o2);
  give(m, M, single);
  give(v, V, single);
  return lambDirection(take(p, single), M, V, bias1, bias2, eps, decay);
}

/** LAMB's first pass: the moments; returns the squared norm of the direction, in double precision. */
export function lambMoments(
  p: usize, m: usize, v: usize, g: usize, n: u32,
  gs: f32, b1: f32, o1: f32, b2: f32, o2: f32, bias1: f32, bias2: f32, eps: f32, decay: f32,
): f64 {
  let low = f64x2.splat(0), high = f64x2.splat(0);
  const end = p + (<usize>(n & ~3) << 2);
  for (; p != end; p += 16, m += 16, v += 16, g += 16) {
    const R = lambMomentLanes(p, m, v, g, gs, b1, o1, b2, o2, bias1, bias2, eps, decay, false);
    const a = f64x2.promote_low_f32x4(R);
    const b = f64x2.promote_low_f32x4(v128.shuffle<u64>(R, R, 1, 0));
    low = f64x2.add(low, f64x2.mul(a, a));
    high = f64x2.add(high, f64x2.mul(b, b));
  }
  const s = f64x2.add(low, high);
  let sum = f64x2.extract_lane(s, 0) + f64x2.extract_lane(s, 1);
  for (let i: u32 = n & 3; i > 0; i--, p += 4, m += 4, v += 4, g += 4) {
    const R = lambMomentLanes(p, m, v, g, gs, b1, o1, b2, o2, bias1, bias2, eps, decay, true);
    const r = <f64>f32x4.extract_lane(R, 0);
    sum += r * r;
  }
  return sum;
}

// @ts-ignore: decorator
@inline
function lambStepLanes(
  p: usize, m: usize, v: usize, lr: f32, bias1: f32, bias2: f32, eps: f32, decay: f32, single: bool,
): void {
  const P = take(p, single);
  const R = lambDirection(P, take(m, single), take(v, single), bias1, bias2, eps, decay);
  give(p, f32x4.sub(P, f32x4.mul(R, f32x4.splat(lr))), single);
}

/** LAMB's second pass: p -= lr direction, computed again of the moments, so that no vector has to hold it. */
export function lambStep(
  p: usize, m: usize, v: usize, n: u32, lr: f32, bias1: f32, bias2: f32, eps: f32, decay: f32,
): void {
  const end = p + (<usize>(n & ~3) << 2);
  for (; p != end; p += 16, m += 16, v += 16) lambStepLanes(p, m, v, lr, bias1, bias2, eps, decay, false);
  for (let i: u32 = n & 3; i > 0; i--, p += 4, m += 4, v += 4) {
    lambStepLanes(p, m, v, lr, bias1, bias2, eps, decay, true);
  }
}

/** y = b y + o x */
export function lerp(y: usize, b: f32, x: usize, o: f32, n: u32): void {
  const end = y + (<usize>(n & ~3) << 2);
  for (; y != end; y += 16, x += 16) give(y, blend(take(y, false), b, take(x, false), o), false);
  for (let i: u32 = n & 3; i > 0; i--, y += 4, x += 4) give(y, blend(take(y, true), b, take(x, true), o), true);
}

// ---------------------------------------------------------------- small matrix products (Muon)
// Row-major, no blocking for the cache: matrices of a layer, not of a benchmark.

// @ts-ignore: decorator
@inline
function sumLanes(x: v128): f32 {
  return (
    (f32x4.extract_lane(x, 0) + f32x4.extract_lane(x, 1)) + (f32x4.extract_lane(x, 2) + f32x4.extract_lane(x, 3))
  );
}

// @ts-ignore: decorator
@inline
function dot(a: usize, b: usize, k: u32): f32 {
  let S = f32x4.splat(0);
  const end = a + (<usize>(k & ~3) << 2);
  for (; a != end; a += 16, b += 16) S = f32x4.add(S, f32x4.mul(v128.load(a), v128.load(b)));
  let s = sumLanes(S);
  for (let i: u32 = k & 3; i > 0; i--, a += 4, b += 4) s += load<f32>(a) * load<f32>(b);
  return s;
}

/** c [m, m] = a a^T for a [m, k]; only one half is computed. */
export function gram(c: usize, a: usize, m: u32, k: u32): void {
  const row = <usize>k << 2;
  for (let i: u32 = 0; i < m; i++) {
    const x = a + <usize>i * row;
    for (let j: u32 = 0; j <= i; j++) {
      const s = dot(x, a + <usize>j * row, k);
      store<f32>(c + ((<usize>i * m + j) << 2), s);
      store<f32>(c + ((<usize>j * m + i) << 2), s);
    }
  }
}

/** y [m, n] += b [m, k] x [k, n] */
export function multiplyAdd(y: usize, b: usize, x: usize, m: u32, k: u32, n: u32): void {
  const row = <usize>n << 2;
  for (let i: u32 = 0; i < m; i++) {
    const out = y + <usize>i * row;
    for (let j: u32 = 0; j < k; j++) axpy(out, load<f32>(b + ((<usize>i * k + j) << 2)), x + <usize>j * row, n);
  }
}

// ---------------------------------------------------------------- Philox4x32-10
// J. Salmon et al., "Parallel random numbers: as easy as 1, 2, 3", SC 2011. Four blocks at a time, one in each lane.

/**
 * n uniform numbers in [0, 1) with 24 bits; element i is word i mod 4 of the block with counter
 * (c0 + i/4, c1, c2, c3) under the key (k0, k1).
 */
export function uniform(y: usize, n: u32, k0: u32, k1: u32, c0: u32, c1: u32, c2: u32, c3: u32): void {
  const M0 = i32x4.splat(0xd2511f53), M1 = i32x4.splat(0xcd9e8d57);
  const unit = f32x4.splat(5.9604644775390625e-8);
  for (let i: u32 = 0; i < n; i += 16) {
    let x0 = i32x4.add(i32x4.splat(<i32>(c0 + (i >> 2))), i32x4(0, 1, 2, 3));
    let x1 = i32x4.splat(<i32>c1), x2 = i32x4.splat(<i32>c2), x3 = i32x4.splat(<i32>c3);
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
    y = put(y, n, i, v128.shuffle<i64>(a, b, 0, 2), unit);
    y = put(y, n, i + 4, v128.shuffle<i64>(a, b, 1, 3), unit);
    y = put(y, n, i + 8, v128.shuffle<i64>(c, d, 0, 2), unit);
    y = put(y, n, i + 12, v128.shuffle<i64>(c, d, 1, 3), unit);
  }
}

/** Stores as many of the four numbers at element i as the range still holds. */
// @ts-ignore: decorator
@inline
function put(y: usize, n: u32, i: u32, words: v128, unit: v128): usize {
  const u = f32x4.mul(f32x4.convert_i32x4_s(i32x4.shr_u(words, 8)), unit);
  if (i + 4 <= n) {
    v128.store(y, u);
  } else if (i < n) {
    store<f32>(y, f32x4.extract_lane(u, 0));
    if (i + 1 < n) store<f32>(y, f32x4.extract_lane(u, 1), 4);
    if (i + 2 < n) store<f32>(y, f32x4.extract_lane(u, 2), 8);
  }
  return y + 16;
}
