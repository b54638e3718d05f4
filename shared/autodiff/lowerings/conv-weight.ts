import type { Expressions } from '../../onnx/expressions.ts';
import type { LoweringTarget } from '../registry.ts';
import { tapsOf, type Window } from '../window.ts';
import { weightByConvolution } from './conv-weight-convolution.ts';
import { weightByImages } from './conv-weight-images.ts';
import { weightByColumns, weightByTapRows, weightByTapSums } from './conv-weight-rows.ts';

/** The tensors of a convolution's weight gradient: dW[o, c, tap] = sum over n, p of g[n, o, p] x[n, c, p * stride + tap]. */
export interface WeightGradient {
  /** [N, C, spatial…] */
  readonly input: string;
  /** [N, O, positions…] */
  readonly gradient: string;
  /** The weight, [O, C / groups, kernel…]; gives the shape. */
  readonly weight: string;
  readonly window: Window;
  readonly groups: number;
}

/**
 * The weight gradient of Conv, in the form that the shapes ask for: the same program everywhere, nothing is measured
 * when it is made. Forms differ in the order of summation alone. The rule is from timings of ONNX Runtime's CPU
 * provider (one thread, ms, least of ten runs):
 *
 * | input to outputs, kernel             | images | images, columns | rows per tap | rows, columns | convolution |
 * | 64 of 32 x 14 x 14 to 64, 3 x 3      | 9.4    | 15              | 6.9          | 11            | 16          |
 * | 64 of 1 x 28 x 28 to 32, 3 x 3       | 2.6    | 1.0             | 5.3          | 2.0           | 2.1         |
 * | 16 of 3 x 64 x 64 to 64, 7 x 7, by 2 |        | 11              | 19           | 11            | 6.9         |
 * | 16 of 64 x 16 x 16 to 64, 3 x 3      | 5.9    |                 | 4.6          | 6.7           | 11          |
 * | 16 of 128 x 8 x 8 to 256, 3 x 3, by 2|        |                 | 2.3          | 2.2           |             |
 * | 16 of 512 x 2 x 2 to 512, 3 x 3      | 113    |                 | 5.8          | 4.5           | 14          |
 * | depthwise: 32 of 64 x 16 x 16, 3 x 3 |        | 18              | 6.1 (sums)   |               | 14          |
 * | depthwise: 32 of 96 x 16 x 16, by 2  |        | 10              | 6.6 (sums)   |               | 5.2         |
 *
 * WebGPU takes columns for each image: its cost is the number of kernels started.
 */
export function convWeightGradient(e: Expressions, what: WeightGradient, target: LoweringTarget): string {
  const { input, gradient, weight, window, groups } = what;
  const known = [...e.dimsOf(input).slice(1), ...e.dimsOf(gradient).slice(1), ...e.dimsOf(weight)];
  const taps = tapsOf(window.kernel).length;
  if (taps > MOST_TAPS || !known.every((dim) => typeof dim === 'number')) return weightByConvolution(e, what);
  if (target === 'webgpu') return weightByImages(e, what);
  const channels = (e.dimsOf(input)[1] as number) / groups;
  const outputs = (e.dimsOf(gradient)[1] as number) / groups;
  const positions = (e.dimsOf(gradient).slice(2) as number[]).reduce((a, b) => a * b, 1);
  if (groups > 1) {
    if (channels > 1 || outputs > 1) return weightByColumns(e, what);
    return positions <= FEW_POSITIONS || taps > FEW_TAPS
      ? weightByConvolution(e, what)
      : weightByTapSums(e, what);
  }
  if (channels < WIDE) return taps > 25 ? weightByConvolution(e, what) : weightByImages(e, what);
  // Columns copy the input once per tap; rows per tap move the weight's gradient into place at the end.
  return 2 * positions <= outputs ? weightByColumns(e, what) : weightByTapRows(e, what);
}

const MOST_TAPS = 64;
const FEW_TAPS = 9;
const FEW_POSITIONS = 64;
/** Channels that fill a product's rows. */
const WIDE = 8;
