import type { GraphBuilder } from '../../onnx/builder.ts';

// Both functions shift their exponents by the rounded-up maximum: e^(x - ⌈max x⌉) is at most 1. Rounding up makes the shift
// piecewise constant, so its derivative is structurally zero and the gradient is exactly that of the unshifted
// formula, without a term for the maximum. Not ReduceLogSumExp: it would shift again, takes five times as long (512 x 7000:
// 21 ms against 4), and its gradient computes the exponentials a second time.

/** log softmax over axis 1 of [batch, classes], finite for every finite input. */
export function logSoftmax(builder: GraphBuilder, logits: string, hint: string): string {
  const { shifted, logSum } = shiftedLogits(builder, logits, hint);
  return builder.op('Sub', [shifted, logSum], {}, hint);
}

/** The parts of log softmax: logits less a number per row, and [batch, 1] the logarithm of the sum of their exponentials. */
export function shiftedLogits(
  builder: GraphBuilder,
  logits: string,
  hint: string,
): { readonly shifted: string; readonly logSum: string } {
  const axis = builder.ints([1]);
  const maximum = builder.op('ReduceMax', [logits, axis], { keepdims: 1 }, `${hint}/maximum`);
  const shift = builder.op('Ceil', [maximum], {}, `${hint}/shift`);
  const shifted = builder.op('Sub', [logits, shift], {}, `${hint}/shifted`);
  const powers = builder.op('Exp', [shifted], {}, `${hint}/powers`);
  const sum = builder.op('ReduceSum', [powers, axis], { keepdims: 1 }, `${hint}/sum`);
  const logSum = builder.op('Log', [sum], {}, `${hint}/log_sum`);
  return { shifted, logSum };
}

/**
 * log(1 + eˣ) as c + log(e⁻ᶜ + eˣ⁻ᶜ) with c = ⌈max(x, 0)⌉. Its derivative is the sigmoid everywhere; that of the
 * usual max(x, 0) + log(1 + e^-|x|) is wrong at x = 0, where both parts have a kink.
 */
export function softplus(builder: GraphBuilder, x: string, hint: string): string {
  const shift = builder.op('Ceil', [builder.op('Relu', [x], {}, `${hint}/positive`)], {}, `${hint}/shift`);
  const shifted = builder.op('Exp', [builder.op('Sub', [x, shift])], {}, `${hint}/shifted`);
  const one = builder.op('Exp', [builder.op('Neg', [shift])], {}, `${hint}/one`);
  const sum = builder.op('Add', [one, shifted], {}, `${hint}/sum`);
  return builder.op('Add', [shift, builder.op('Log', [sum], {}, `${hint}/log`)], {}, hint);
}
