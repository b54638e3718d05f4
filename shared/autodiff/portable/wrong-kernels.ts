import { type ExpandContext, type ExpandRow, expansion } from '../../onnx/expand/context.ts';

// Convolutions that WebGPU's provider of ONNX Runtime 1.30 computes wrongly, without a word, written as ones that it computes
// rightly. Found by training the zoo on both; `wrong-kernels.test.ts` holds the sizes beside the CPU's values.

/**
 * It takes 3 channels at a time where their number is a multiple of 3 and not of 4, and 4 filters at a time where
 * theirs is a multiple of 4: where both come together, all but the first 3 channels are misread.
 */
const CONV: ExpandRow = expansion('Conv', '', 'one more channel, of zeros', (c) => {
  const [, channels] = c.dims(0);
  const [filters, , ...kernel] = c.dims(1);
  if (typeof channels !== 'number' || typeof filters !== 'number') return undefined;
  const misread = channels > 3 && channels % 3 === 0 && channels % 4 !== 0 && filters % 4 === 0;
  // A kernel of one place is a matrix product there.
  if (!misread || c.number('group', 1) !== 1 || kernel.every((size) => size === 1)) return undefined;
  const [x, weight] = [0, 1].map((index) => oneMoreOf(c, index));
  return [c.e.op('Conv', [x!, weight!, ...c.inputs.slice(2)], c.node.attributes)];
});

/** In groups that make one channel each, of an even number: groups that make two, of which every second one is dropped. */
const CONV_TRANSPOSE: ExpandRow = expansion(
  'ConvTranspose',
  '',
  'a second channel of each group, unused',
  (c) => {
    const groups = c.number('group', 1);
    const [channels, made] = c.dims(1);
    if (typeof channels !== 'number' || groups === 1 || made !== 1 || (channels / groups) % 2 !== 0)
      return undefined;
    const { e } = c;
    const both = e.op('ConvTranspose', [c.input(0), oneMoreOf(c, 1)], c.node.attributes);
    const wanted = e.op('Slice', [both, e.ints([0]), e.ints([2 * groups]), e.ints([1]), e.ints([2])]);
    if (!c.has(2)) return [wanted];
    const bias = e.reshape(c.input(2), [
      1,
      groups,
      ...c
        .dims(0)
        .slice(2)
        .map(() => 1),
    ]);
    return [e.add(wanted, bias)];
  },
);

/** The input with zeros behind axis 1. */
function oneMoreOf(c: ExpandContext, index: number): string {
  const rank = c.rank(index);
  const pads = Array.from({ length: 2 * rank }, (_, at) => (at === rank + 1 ? 1 : 0));
  return c.e.pad(c.input(index), pads);
}

export const WRONG_KERNELS: ReadonlyMap<string, ExpandRow> = new Map(
  [CONV, CONV_TRANSPOSE].map((row) => [row.op, row]),
);
