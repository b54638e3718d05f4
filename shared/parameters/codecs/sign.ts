import { BLOCK, bytesOfSigns, bytesOfVotes } from '../codec-kernels.ts';
import { DOMAIN, philox4x32, philoxKey } from '../philox.ts';
import type { BlockCodec, Draw } from './blockwise.ts';

/**
 * One bit a number, with the mean of |x| for every 256 as their common magnitude: the scaled sign of EF-signSGD (Karimireddy et
 * al., "Error feedback fixes SignSGD", ICML 2019), which converges with error feedback. 0.141 bytes a number.
 */
export const sign: BlockCodec = {
  range: "float32's range",
  block: BLOCK,
  bytes: bytesOfSigns,
  encode(target, x, draw) {
    x.memory.kernels.codecs.encodeSigns(target, x, signsOfZeros(draw));
    return 0;
  },
  add: (acc, weight, source) => acc.memory.kernels.codecs.axpySigns(acc, weight, source),
  isFinite: (source, count) => source.memory.kernels.codecs.isFiniteSigns(source, count),
};

/**
 * One bit a number and nothing else: a vote of ±1 (Bernstein et al., "signSGD with majority vote is communication efficient and
 * fault tolerant", ICLR 2019). The server steps by the sign of the sum. 0.125 bytes a number.
 */
export const vote: BlockCodec = {
  range: "float32's range",
  block: 32,
  bytes: bytesOfVotes,
  encode(target, x, draw) {
    x.memory.kernels.codecs.encodeVotes(target, x, signsOfZeros(draw));
    return 0;
  },
  add: (acc, weight, source) => acc.memory.kernels.codecs.axpyVotes(acc, weight, source),
  isFinite: () => true,
};

/** One bit cannot say zero: the signs of zeros are drawn, 32 at a time, so that they push no weight in one direction. */
function signsOfZeros({ seed, part, start }: Draw): number {
  const block = new Uint32Array(4);
  philox4x32(block, philoxKey(seed, DOMAIN.codec), [start, part, 0, 2]);
  return block[0]!;
}
