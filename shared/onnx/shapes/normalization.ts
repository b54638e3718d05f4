import type { Dim, ValueType } from '../model.ts';
import { likeFloat, mustEqual, requireAtLeast, requireFloat, requireRank } from './common.ts';
import { float, type InferenceContext, int, ints, operator, required } from './operator.ts';

/** x [N, C, …], scale, bias, mean, variance [C]; in training mode also running mean and variance. */
function batchNormalization(c: InferenceContext): ValueType[] {
  requireFloat(c, 0);
  const channels = requireAtLeast(c, 0, 2)[1] as Dim;
  for (const input of [1, 2, 3, 4]) {
    mustEqual(
      c,
      requireRank(c, input, 1)[0] as Dim,
      channels,
      `length of input ${input} and channels of input 0`,
    );
  }
  if (c.int('training_mode') === 0) {
    if (c.node.outputs.length > 1) c.fail('running statistics are outputs in training mode only');
    return [c.input(0)];
  }
  const statistic: ValueType = { type: c.type(3), dims: [channels] };
  return [c.input(0), statistic, statistic];
}

/** Outputs: normalised, mean and inverse standard deviation (1 along the normalised axes, in stash_type). */
function layerNormalization(c: InferenceContext): ValueType[] {
  requireFloat(c, 0);
  const x = c.dims(0);
  const axis = c.axis(c.int('axis'), x.length);
  for (const input of [1, 2]) {
    if (!c.has(input)) continue;
    const weight = c.dims(input);
    if (weight.length > x.length) c.fail(`input ${input} has more dimensions than input 0`);
    for (const [i, dim] of weight.entries()) {
      const against = x[x.length - weight.length + i] as Dim;
      if (dim !== 1) mustEqual(c, dim, against, `dimension ${i} of input ${input} and input 0`);
    }
  }
  const dims = x.map((dim, i) => (i < axis ? dim : 1));
  const type = c.int('stash_type') === 1 ? 'float32' : c.type(0);
  return [c.input(0), { type, dims }, { type, dims }];
}

const dropout = (c: InferenceContext): ValueType[] => [c.input(0), { type: 'bool', dims: c.dims(0) }];

export const NORMALIZATION = [
  operator('BatchNormalization', 5, batchNormalization, {
    outputs: [1, 3],
    attributes: { epsilon: float(1e-5), momentum: float(0.9), training_mode: int(0) },
  }),
  operator('LayerNormalization', [2, 3], layerNormalization, {
    outputs: [1, 3],
    attributes: { axis: int(-1), epsilon: float(1e-5), stash_type: int(1) },
  }),
  operator('InstanceNormalization', 3, likeFloat, { attributes: { epsilon: float(1e-5) } }),
  operator('GroupNormalization', 3, likeFloat, {
    attributes: { epsilon: float(1e-5), num_groups: required(int()) },
  }),
  operator('MeanVarianceNormalization', 1, likeFloat, { attributes: { axes: ints([0, 2, 3]) } }),
  operator('LpNormalization', 1, likeFloat, { attributes: { axis: int(-1), p: int(2) } }),
  operator('LRN', 1, likeFloat, {
    attributes: { alpha: float(0.0001), beta: float(0.75), bias: float(1), size: required(int()) },
  }),
  operator('Dropout', [1, 3], dropout, { outputs: [1, 2], attributes: { seed: int() } }),
];
