/** Name of the averaged weights among a checkpoint's vectors. */
export const AVERAGE = 'ema';

/**
 * Decay of the moving average of weights (Polyak and Juditsky, 1992) after so many steps: min(decay, (1 + t)/(10 + t)),
 * TensorFlow's `ExponentialMovingAverage` with `num_updates`. So the first versions, which are far from good, are soon
 * forgotten, and the decay is a function of the step alone, the same after a resume.
 *
 * @param step of the server, from 1
 */
export function emaDecay(decay: number, step: number): number {
  return Math.min(decay, (1 + step) / (10 + step));
}
