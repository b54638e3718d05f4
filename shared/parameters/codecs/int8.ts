import { BLOCK, bytesOfI8 } from '../codec-kernels.ts';
import { DOMAIN, philoxKey } from '../philox.ts';
import type { BlockCodec } from './blockwise.ts';

/**
 * Eight bits with a scale for every 256 numbers: the block's max |x| / 127 as float32, then q = ⌊x/scale + u⌋ with u uniform in
 * [0, 1), so that E[scale · q] = x and |x − scale · q| ≤ scale (QSGD, Alistarh et al., NeurIPS 2017, with the maximum norm).
 * 1.016 bytes a number. A block of numbers below 1e-30 becomes 0: 127/max would soon be beyond float32.
 */
export const int8: BlockCodec = {
  range: "float32's range",
  block: BLOCK,
  bytes: bytesOfI8,
  encode(target, x, { seed, part, start }) {
    x.memory.kernels.codecs.encodeI8(target, x, philoxKey(seed, DOMAIN.codec), [start / 8, part]);
    return 0;
  },
  add: (acc, weight, source) => acc.memory.kernels.codecs.axpyI8(acc, weight, source),
  isFinite: (source, count) => source.memory.kernels.codecs.isFiniteI8(source, count),
};
