import type { Dim } from '../../onnx/model.ts';
import { integersOf, intsOf } from '../attributes.ts';
import { MissingGradientError } from '../errors.ts';
import { gradientOf, type RuleContext, type RuleRow, rule } from '../registry.ts';
import { tapsOf } from '../window.ts';

export const imageRules: readonly RuleRow[] = [
  rule('Col2Im', 'one strided Slice of the padded g for each place of the block', col2Im),
  rule('CenterCropPad', 'Pad of g: what was cut becomes zeros, what was added is cut', centerCropPad),
];

/** Its transpose reads the blocks: [N, C, …image] to [N, C block, L]. */
function col2Im(c: RuleContext): string[] {
  const { e, node, inputs } = c;
  const [x, image, block] = inputs as readonly [string, string, string];
  const sizes = integersOf(e.builder.isConstant(image));
  const kernel = integersOf(e.builder.isConstant(block));
  const channels = e.dimsOf(x)[1];
  if (sizes === undefined || kernel === undefined || typeof channels !== 'number') {
    throw new MissingGradientError(
      node,
      'its image and block shape must be constants, and the number of channels known.',
    );
  }
  const n = kernel.length;
  const strides = intsOf(node, 'strides') ?? kernel.map(() => 1);
  const dilations = intsOf(node, 'dilations') ?? kernel.map(() => 1);
  const pads = intsOf(node, 'pads') ?? new Array<number>(2 * n).fill(0);
  const counts = kernel.map((size, k) => {
    const room = sizes[k]! + pads[k]! + pads[k + n]! - (size - 1) * dilations[k]! - 1;
    return Math.floor(room / strides[k]!) + 1;
  });
  const padded = e.pad(gradientOf(c), [0, 0, ...pads.slice(0, n), 0, 0, ...pads.slice(n)]);
  const axes = kernel.map((_, k) => k + 2);
  const positions = counts.reduce((a, b) => a * b, 1);
  const each = channels / kernel.reduce((a, b) => a * b, 1);
  const columns = tapsOf(kernel).map((tap) => {
    const starts = tap.map((t, k) => t * dilations[k]!);
    const stops = starts.map((start, k) => start + (counts[k]! - 1) * strides[k]! + 1);
    return e.reshape(e.slice(padded, starts, stops, axes, strides), [-1, each, 1, positions]);
  });
  return [e.reshapeLike(e.reshape(e.concat(columns, 2), [-1, channels, positions]), x)];
}

/** Both ways the odd element is at the end, so the way back is a Pad with the signs exchanged. */
function centerCropPad(c: RuleContext): string[] {
  const { e, node, inputs, outputs } = c;
  const pads = centerPads(e.dimsOf(inputs[0]!), e.dimsOf(outputs[0]!));
  if (pads === undefined) {
    throw new MissingGradientError(node, 'the sizes that change must be known. Give the input a fixed size.');
  }
  return [e.pad(gradientOf(c), pads)];
}

/** The pads that bring `from` to `to` around one centre; negative ones crop. Undefined for sizes not known. */
export function centerPads(to: readonly Dim[], from: readonly Dim[]): number[] | undefined {
  const begins: number[] = [];
  const ends: number[] = [];
  for (const [axis, target] of to.entries()) {
    const size = from[axis];
    const known = typeof size === 'number' && typeof target === 'number';
    if (!known && size !== target) return undefined;
    const total = known ? target - size : 0;
    const begin = Math.trunc(total / 2);
    begins.push(begin === 0 ? 0 : begin);
    ends.push(total - begin);
  }
  return [...begins, ...ends];
}
