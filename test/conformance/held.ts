/**
 * Float inputs that are settings, not values (by operator, by position): they stay as stored, and the gradient with
 * respect to them is not asked for. Changing them changes shapes, or which values are read.
 */
export const HELD: Readonly<Record<string, readonly number[]>> = {
  Resize: [1, 2],
  Upsample: [1],
  Dropout: [1, 2],
  OneHot: [1],
  Range: [0, 1, 2],
  RoiAlign: [1],
  NonMaxSuppression: [0, 1, 2, 3, 4],
  MaxRoiPool: [1],
  CumSum: [1],
};

/** Operators whose outputs are drawn at random: no stored value to agree with. */
export const RANDOM: ReadonlySet<string> = new Set([
  'Bernoulli',
  'Multinomial',
  'RandomNormal',
  'RandomNormalLike',
  'RandomUniform',
  'RandomUniformLike',
]);

/** Operators whose double kernel computes in single precision on the way. */
export const SINGLE_INSIDE: ReadonlySet<string> = new Set(['Shrink']);
