import { type ExpandContext, type ExpandRow, expansion } from '../../onnx/expand/context.ts';
import { cornersOf } from '../lowerings/sampling-corners.ts';
import { apart, onesKernel } from '../lowerings/window-sum.ts';
import { centerPads } from '../rules/image.ts';

/** Pooling and image operators that WebGPU's provider lacks. */
export const PORTABLE_IMAGE: readonly ExpandRow[] = [
  expansion('GlobalLpPool', '', 'ReduceSum of powers', (c) => {
    const axes = Array.from({ length: c.rank(0) - 2 }, (_, k) => k + 2);
    return [root(c, c.e.sum(powers(c), axes, true))];
  }),
  expansion('LpPool', '', 'Conv of powers with ones, every channel an example; not with ceil_mode', lpPool),
  expansion('SpaceToDepth', '', 'Reshape, Transpose, Reshape', spaceToDepth),
  expansion('CenterCropPad', '', 'Pad', centerCropPad),
  expansion('GridSample', '', 'GatherElements of the corners, weighted', gridSample),
];

/** |x|^p. */
function powers(c: ExpandContext): string {
  const p = c.number('p', 2);
  const x = c.input(0);
  if (p === 2) return c.e.square(x);
  return p === 1 ? c.e.abs(x) : c.e.pow(c.e.abs(x), p);
}

/** The p-th root; 1 under it where it is 0, so that the derivative there is 0. */
function root(c: ExpandContext, value: string): string {
  const { e } = c;
  const p = c.number('p', 2);
  if (p === 1) return value;
  const positive = e.greater(value, 0);
  return e.where(positive, e.pow(e.where(positive, value, 1), 1 / p), 0);
}

function lpPool(c: ExpandContext): readonly string[] | undefined {
  const { e, node } = c;
  const kernel = c.list('kernel_shape');
  if (kernel === undefined || c.number('ceil_mode', 0) === 1) return undefined;
  const { p: _p, ceil_mode: _ceil, ...window } = node.attributes;
  const x = c.input(0);
  const channels = e.concat([e.ints([0]), e.dim(x, 1)], 0);
  const sums = e.op('Conv', [apart(e, powers(c)), onesKernel(e, x, kernel)], window);
  // [N C, 1, …] to [N, C, …].
  const spatial = e.op('Shape', [sums], { start: 2 });
  const batch = e.concat([e.ints([-1]), e.slice(channels, [1], [2], [0]), spatial], 0);
  return [root(c, e.op('Reshape', [sums, batch]))];
}

/** [N, C, h b, w b] to [N, b b C, h, w]. */
function spaceToDepth(c: ExpandContext): readonly string[] | undefined {
  const { e } = c;
  const [, channels, height, width] = c.dims(0);
  if (![channels, height, width].every((dim) => typeof dim === 'number')) return undefined;
  const [depth, rows, columns] = [channels, height, width] as readonly [number, number, number];
  const b = c.number('blocksize', 1);
  const split = e.reshape(c.input(0), [-1, depth, rows / b, b, columns / b, b]);
  return [e.reshape(e.transpose(split, [0, 3, 5, 1, 2, 4]), [-1, depth * b * b, rows / b, columns / b])];
}

function centerCropPad(c: ExpandContext): readonly string[] | undefined {
  const axes = c.list('axes')?.map((axis) => c.axis(axis, c.rank(0)));
  const sizes = c.numbers(1);
  if (sizes === undefined) return undefined;
  const to = c.dims(0).map((dim, axis) => sizes[axes === undefined ? axis : axes.indexOf(axis)] ?? dim);
  const pads = centerPads(to, c.dims(0));
  return pads === undefined ? undefined : [c.e.pad(c.input(0), pads)];
}

/** The sum of the corners: x [N, C, …] read at flat places [N, 1, P]. */
function gridSample(c: ExpandContext): readonly string[] {
  const { e } = c;
  const [x, grid] = c.inputs as readonly [string, string];
  const rank = c.rank(0) - 2;
  const flat = e.op('Reshape', [x, e.ints([0, 0, -1])]);
  const channels = e.concat([e.ints([1]), e.dim(x, 1), e.ints([1])], 0);
  const parts = cornersOf({ e, node: c.node, inputs: c.inputs, target: 'webgpu' }, false).map((corner) => {
    const index = e.op('Expand', [e.cast(corner.index, 'int32'), channels]);
    return e.mul(e.op('GatherElements', [flat, index], { axis: 2 }), corner.weight);
  });
  const sum = parts.reduce((total, part) => e.add(total, part));
  const spatial = Array.from({ length: rank }, (_, axis) => e.dim(grid, axis + 1));
  return [e.op('Reshape', [sum, e.concat([e.ints([0, 0]), ...spatial], 0)])];
}
