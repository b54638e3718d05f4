import { blockwise } from './blockwise.ts';
import { DENSE } from './dense.ts';
import { int8 } from './int8.ts';
import { sign, vote } from './sign.ts';
import { randomK, topK } from './sparse.ts';
import type { UpdateCodec, UpdateCodecRow } from './update-codec.ts';

/** The encodings of updates, one row each. */
export const UPDATE_CODECS: Readonly<Record<UpdateCodec, UpdateCodecRow>> = {
  f32: blockwise(DENSE.f32),
  f16: blockwise(DENSE.f16),
  bf16: blockwise(DENSE.bf16),
  int8: blockwise(int8),
  'top-k': topK,
  'random-k': randomK,
  sign: blockwise(sign),
  vote: blockwise(vote),
};

/** Their names, as a member lists them when it joins. */
export const UPDATE_CODEC_NAMES = Object.keys(UPDATE_CODECS) as readonly UpdateCodec[];
