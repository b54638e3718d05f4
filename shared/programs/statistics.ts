import type { ParameterEntry, ParameterLayout } from '../parameters/layout.ts';

/** A running mean and variance, by offset in the whole vector. */
interface Pair {
  readonly mean: number;
  readonly variance: number;
  readonly length: number;
  readonly momentum: number;
  readonly positions: number;
}

/**
 * Running statistics to moments: at the place of a running mean stands the mean, at that of a running variance the second
 * moment E[x²]. Both are means over values, so moments of several batches or members combine by a weighted average of whole
 * sections, whereas variances do not. Vectors are whole ones, [trainable, buffers]; only the buffers are written.
 */
export function momentsOf(layout: ParameterLayout, parameters: Float32Array, moments: Float32Array): void {
  checkLengths(layout, { parameters, moments });
  moments.set(parameters.subarray(layout.trainable, layout.length), layout.trainable);
  for (const { mean, variance, length } of pairs(layout)) {
    for (let index = 0; index < length; index++) {
      moments[variance + index] = parameters[variance + index]! + parameters[mean + index]! ** 2;
    }
  }
}

/**
 * Folds combined moments into the running statistics, in place. Vectors are whole ones, only the buffers are touched.
 *
 * - `ema` (synchronous and local steps): moments of one batch, running = (1 - momentum) * running + momentum * batch. As in
 *   PyTorch the running variance takes the unbiased variance, n / (n - 1) of the batch's, with n = examples * positions.
 *   This is the one place where that correction is applied, for coordinator and member alike.
 * - `set` (averaged members): moments of running statistics (`momentsOf`), which are unbiased already.
 *
 * Buffers that are no batch-normalisation statistic are copied from the moments.
 *
 * @param examples in the batch of the moments, over all members; unused in `set`
 * @throws RangeError when a vector has another length than the layout
 */
export function foldStatistics(
  layout: ParameterLayout,
  parameters: Float32Array,
  moments: Float32Array,
  examples: number,
  mode: 'ema' | 'set',
): void {
  checkLengths(layout, { parameters, moments });
  if (layout.buffers === 0) return;
  for (const { offset, length } of layout.entries.filter(isPlainBuffer)) {
    parameters.set(moments.subarray(offset, offset + length), offset);
  }
  for (const { mean, variance, length, momentum, positions } of pairs(layout)) {
    const count = examples * positions;
    const correction = mode === 'ema' && count > 1 ? count / (count - 1) : 1;
    const share = mode === 'ema' ? momentum : 1;
    for (let index = 0; index < length; index++) {
      const first = moments[mean + index]!;
      // Rounding can make a constant channel's variance a little negative.
      const spread = Math.max(0, moments[variance + index]! - first * first) * correction;
      parameters[mean + index] = mix(parameters[mean + index]!, first, share);
      parameters[variance + index] = mix(parameters[variance + index]!, spread, share);
    }
  }
}

/** A share of 1 forgets the old value, even one that is not finite. */
function mix(old: number, fresh: number, share: number): number {
  return share === 1 ? fresh : (1 - share) * old + share * fresh;
}

function isPlainBuffer(entry: ParameterEntry): boolean {
  return entry.section === 'buffers' && entry.statistic === undefined;
}

function pairs(layout: ParameterLayout): Pair[] {
  const offsets = new Map(layout.entries.map((entry) => [entry.name, entry.offset]));
  return layout.entries.flatMap(({ name, offset, length, statistic }) => {
    if (statistic?.kind !== 'mean') return [];
    const variance = offsets.get(statistic.partner);
    if (variance === undefined)
      throw new RangeError(`${name}: its variance ${statistic.partner} is not in the layout.`);
    const { momentum, positions = 1 } = statistic;
    return [{ mean: offset, variance, length, momentum, positions }];
  });
}

function checkLengths(layout: ParameterLayout, vectors: Readonly<Record<string, Float32Array>>): void {
  for (const [what, vector] of Object.entries(vectors)) {
    if (vector.length !== layout.length) {
      throw new RangeError(`${what}: ${vector.length} floats, the layout has ${layout.length}.`);
    }
  }
}
