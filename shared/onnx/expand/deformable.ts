import { constantTensor } from '../constants.ts';
import { type ExpandContext, type ExpandRow, expansion } from './context.ts';

interface Taps {
  readonly kernel: readonly [number, number];
  readonly strides: readonly number[];
  readonly dilations: readonly number[];
  /** Before the first row and column. */
  readonly pads: readonly number[];
  /** Rows and columns of the result. */
  readonly out: readonly [number, number];
}

/** Where each tap of each window lies without its offset, as (column, row): [taps, rows, columns, 2]. */
function places({ kernel: [high, wide], strides, dilations, pads, out: [rows, columns] }: Taps): number[] {
  const found: number[] = [];
  for (let tap = 0; tap < high * wide; tap++) {
    const [down, right] = [Math.floor(tap / wide) * dilations[0]!, (tap % wide) * dilations[1]!];
    for (let row = 0; row < rows; row++) {
      for (let column = 0; column < columns; column++)
        found.push(column * strides[1]! - pads[1]! + right, row * strides[0]! - pads[0]! + down);
    }
  }
  return found;
}

/**
 * Convolution whose taps lie where offsets say (Dai et al. 2017, arXiv:1703.06211), each times a mask (Zhu et al. 2018,
 * arXiv:1811.11168); https://onnx.ai/onnx/operators/onnx__DeformConv.html. All taps are read by one GridSample, which has zeros
 * outside of the image as this has, and multiplied with the kernel.
 */
function expandDeformable(c: ExpandContext): readonly string[] {
  const { e } = c;
  if (c.rank(0) !== 4) c.fail('it is covered for images: [batch, channels, rows, columns]');
  const { type } = c.typeOf(c.input(0));
  const [channels, high, wide] = [c.size(0, 1), c.size(0, 2), c.size(0, 3)];
  const [filters, perGroup] = [c.size(1, 0), c.size(1, 1)];
  const [group, offsetGroups] = [c.number('group', 1), c.number('offset_group', 1)];
  const kernel = [c.size(1, 2), c.size(1, 3)] as const;
  const out = [c.size(2, 2), c.size(2, 3)] as const;
  const count = kernel[0] * kernel[1];
  if (channels !== perGroup * group || filters % group !== 0 || channels % offsetGroups !== 0)
    c.fail(`${channels} channels and ${filters} filters do not go into ${group} and ${offsetGroups} groups`);
  if (c.size(2, 1) !== 2 * count * offsetGroups)
    c.fail(`its offsets have ${c.size(2, 1)} channels; ${2 * count * offsetGroups} are needed`);
  const taps: Taps = {
    ...{ kernel, out },
    strides: c.list('strides') ?? [1, 1],
    dilations: c.list('dilations') ?? [1, 1],
    pads: c.list('pads') ?? [0, 0, 0, 0],
  };
  const constant = (dims: readonly number[], values: readonly number[]) =>
    e.constant(constantTensor(type, dims, values));

  // Channels that share their offsets are an image of their own; (row, column) of an offset is (column, row) of the grid.
  const x = e.reshape(c.input(0), [-1, channels / offsetGroups, high, wide]);
  const offsets = e.transpose(e.reshape(c.input(2), [-1, count, 2, ...out]), [0, 1, 3, 4, 2]);
  const turned = e.op('Gather', [offsets, e.ints([1, 0])], { axis: 4 });
  const at = e.add(turned, constant([count, ...out, 2], places(taps)));
  const scaled = e.mul(at, constant([2], [2 / wide, 2 / high]));
  const grid = e.add(scaled, constant([2], [1 / wide - 1, 1 / high - 1]));
  const flat = e.reshape(grid, [-1, count * out[0], out[1], 2]);
  const attributes = { mode: 'linear', padding_mode: 'zeros', align_corners: 0 };
  const read = e.op('GridSample', [x, flat], attributes);
  const sampled = c.has(4) ? e.mul(read, e.reshape(c.input(4), [-1, 1, count * out[0], out[1]])) : read;

  const columns = e.reshape(sampled, [-1, group, perGroup * count, out[0] * out[1]]);
  const weight = e.reshape(c.input(1), [group, filters / group, perGroup * count]);
  const y = e.reshape(e.op('MatMul', [weight, columns]), [-1, filters, ...out]);
  return [c.has(3) ? e.add(y, e.unsqueeze(c.input(3), [1, 2])) : y];
}

export const DEFORMABLE: readonly ExpandRow[] = [
  expansion('DeformConv', '', 'GridSample of all taps, MatMul; images, all groups, mask', expandDeformable),
];
