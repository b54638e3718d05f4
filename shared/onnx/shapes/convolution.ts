import { add, divideExactly, multiply } from '../dims.ts';
import type { Dim, ValueType } from '../model.ts';
import { mustEqual, requireAtLeast, requireRank, sameTypes } from './common.ts';
import { type InferenceContext, int, ints, operator, string } from './operator.ts';
import { extent, windowOf, windowOutputs } from './windows.ts';

const CONVOLUTION = {
  auto_pad: string('NOTSET'),
  dilations: ints(),
  group: int(1),
  kernel_shape: ints(),
  pads: ints(),
  strides: ints(),
};

/** x [N, C, …], w [M, C/group, …k], b [M] to [N, M, …]. */
function conv(c: InferenceContext): ValueType[] {
  const x = requireAtLeast(c, 0, 3);
  const w = requireRank(c, 1, x.length);
  const group = c.int('group');
  mustEqual(
    c,
    x[1] as Dim,
    multiply(w[1] as Dim, group),
    `channels of the input and of the weight (group ${group})`,
  );
  checkDivides(c, w[0] as Dim, group, 'output channels');
  checkKernel(c, w);
  if (c.has(2))
    mustEqual(c, requireRank(c, 2, 1)[0] as Dim, w[0] as Dim, 'length of the bias and output channels');
  const spatial = windowOutputs(c, x.slice(2), windowOf(c, w.slice(2)));
  return [{ type: sameTypes(c), dims: [x[0] as Dim, w[0] as Dim, ...spatial] }];
}

/** x [N, C, …], w [C, M/group, …k] to [N, M, …]. */
function convTranspose(c: InferenceContext): ValueType[] {
  const x = requireAtLeast(c, 0, 3);
  const w = requireRank(c, 1, x.length);
  mustEqual(c, x[1] as Dim, w[0] as Dim, 'channels of the input and of the weight');
  checkKernel(c, w);
  const window = windowOf(c, w.slice(2));
  const n = x.length - 2;
  const wanted = c.ints('output_shape');
  const extra = c.ints('output_padding');
  const spatial = x.slice(2).map((size, axis) => {
    // output_shape may also have been given with the two leading dimensions.
    if (wanted && wanted.length > 0) return wanted.at(axis - n) as number;
    const stride = window.strides[axis] as number;
    if (window.autoPad.startsWith('SAME')) return multiply(size, stride);
    const pads = (window.pads[axis] as number) + (window.pads[axis + n] as number);
    const full = add(multiply(add(size, -1), stride), extent(window, axis));
    return add(full, (extra?.[axis] ?? 0) - (window.autoPad === 'VALID' ? 0 : pads));
  });
  const channels = multiply(w[1] as Dim, c.int('group'));
  return [{ type: sameTypes(c), dims: [x[0] as Dim, channels, ...spatial] }];
}

function checkKernel(c: InferenceContext, w: readonly Dim[]): void {
  for (const [axis, size] of (c.ints('kernel_shape') ?? []).entries()) {
    mustEqual(c, size, w[axis + 2] as Dim, `kernel_shape and the weight along spatial axis ${axis}`);
  }
}

function checkDivides(c: InferenceContext, dim: Dim, by: number, what: string): void {
  if (typeof dim === 'number' && divideExactly(dim, by) === undefined)
    c.fail(`${what}: ${dim} in ${by} groups`);
}

export const CONVOLUTIONS = [
  operator('Conv', [2, 3], conv, { attributes: CONVOLUTION }),
  operator('ConvTranspose', [2, 3], convTranspose, {
    attributes: { ...CONVOLUTION, output_padding: ints(), output_shape: ints() },
  }),
];
