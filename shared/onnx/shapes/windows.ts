import { add, divide, divideUp, multiply } from '../dims.ts';
import type { Dim } from '../model.ts';
import type { InferenceContext } from './operator.ts';

/** A sliding window's attributes, defaults filled in, one number per spatial axis. */
export interface Window {
  readonly kernel: readonly Dim[];
  readonly strides: readonly number[];
  readonly dilations: readonly number[];
  /** Begin of each axis, then end of each axis. */
  readonly pads: readonly number[];
  readonly autoPad: string;
}

/** Reads strides, dilations, pads and auto_pad of a Conv or pooling node over `kernel.length` axes. */
export function windowOf(c: InferenceContext, kernel: readonly Dim[]): Window {
  const n = kernel.length;
  const list = (name: string, length: number, fill: number): readonly number[] => {
    const values = c.ints(name);
    if (values === undefined || values.length === 0) return new Array<number>(length).fill(fill);
    if (values.length !== length)
      c.fail(`attribute ${name} has ${values.length} numbers; it needs ${length}`);
    return values;
  };
  const window = {
    kernel,
    strides: list('strides', n, 1),
    dilations: list('dilations', n, 1),
    pads: list('pads', 2 * n, 0),
    autoPad: c.string('auto_pad'),
  };
  if ([...window.strides, ...window.dilations].some((value) => value < 1)) {
    c.fail('strides and dilations must be at least 1');
  }
  return window;
}

/** Size of the window along an axis, holes of the dilation included. */
export function extent(window: Window, axis: number): Dim {
  return add(multiply(add(window.kernel[axis] as Dim, -1), window.dilations[axis] as number), 1);
}

/**
 * Spatial sizes that a Conv or pooling node gives. With `ceil`, a last window that would start beyond input and
 * left padding is left out, as the specification of the pools says.
 */
export function windowOutputs(
  c: InferenceContext,
  spatial: readonly Dim[],
  window: Window,
  ceil = false,
): Dim[] {
  return spatial.map((size, axis) => {
    const stride = window.strides[axis] as number;
    if (window.autoPad.startsWith('SAME')) return divideUp(size, stride);
    const padded =
      window.autoPad === 'VALID' ? [0, 0] : [window.pads[axis], window.pads[axis + spatial.length]];
    const [begin, end] = padded as [number, number];
    const room = add(add(size, begin + end), multiply(extent(window, axis), -1));
    if (typeof room === 'number' && room < 0) {
      c.fail(
        `the window (${extent(window, axis)}) is larger than spatial axis ${axis} of the input (${size})`,
      );
    }
    const out = add((ceil ? divideUp : divide)(room, stride), 1);
    const startsOutside =
      typeof out === 'number' && typeof size === 'number' && (out - 1) * stride >= size + begin;
    return ceil && startsOutside ? out - 1 : out;
  });
}
