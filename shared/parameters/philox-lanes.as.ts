// What the kernels that draw random numbers share.

/** High halves of the unsigned 32-bit products. */
// @ts-ignore: decorator
@inline
export function mulhi(a: v128, b: v128): v128 {
  return v128.shuffle<i32>(i64x2.extmul_low_i32x4_u(a, b), i64x2.extmul_high_i32x4_u(a, b), 1, 3, 5, 7);
}
