import type { Expressions } from '../../onnx/expressions.ts';
import { spatialOf, tapsOf, type Window } from '../window.ts';

/**
 * The transpose of a sum over sliding windows: every element of x receives the shares of the windows that it is in.
 * A ConvTranspose with a kernel of ones, every channel an example of its own.
 *
 * @param shares [N, C, positions…].
 * @returns the shape of x.
 */
export function sumOverWindows(e: Expressions, shares: string, x: string, window: Window): string {
  const { kernel, strides, dilations, begins, ends } = window;
  const sizes = spatialOf(e.dimsOf(x));
  const counts = spatialOf(e.dimsOf(shares));
  const weight = onesKernel(e, x, kernel);
  const attributes = { kernel_shape: kernel, strides, dilations };
  if (sizes === undefined || counts === undefined) {
    // The largest size that there can be, cut to what it is.
    const flat = apart(e, shares);
    const full = e.op('ConvTranspose', [flat, weight], {
      ...attributes,
      pads: [...begins, ...ends],
      output_padding: strides.map((stride) => stride - 1),
    });
    const axes = e.ints(kernel.map((_, k) => k + 2));
    const stops = e.op('Shape', [x], { start: 2 });
    return e.reshapeLike(e.op('Slice', [full, e.ints(kernel.map(() => 0)), stops, axes]), x);
  }
  const flat = e.reshape(shares, [-1, 1, ...counts]);
  const full = e.op('ConvTranspose', [flat, weight], attributes);
  const reach = counts.map((n, k) => (n - 1) * strides[k]! + (kernel[k]! - 1) * dilations[k]! + 1);
  const crop = sizes.map((size, k) => size + begins[k]! - reach[k]!);
  const cut = e.pad(full, [0, 0, ...begins.map((b) => (b === 0 ? 0 : -b)), 0, 0, ...crop]);
  return e.reshapeLike(cut, x);
}

/** [1, 1, kernel…] of ones. */
export function onesKernel(e: Expressions, x: string, kernel: readonly number[]): string {
  const taps = tapsOf(kernel).length;
  const { type } = e.typeOf(x);
  const dims = [1, 1, ...kernel];
  return type === 'float64'
    ? e.constant({ type, dims, data: new Float64Array(taps).fill(1) })
    : e.constant({ type: 'float32', dims, data: new Float32Array(taps).fill(1) });
}

/** [N, C, …] as [N C, 1, …], for symbolic sizes. */
export function apart(e: Expressions, value: string): string {
  const spatial = e.op('Shape', [value], { start: 2 });
  return e.op('Reshape', [value, e.concat([e.ints([-1, 1]), spatial], 0)]);
}
