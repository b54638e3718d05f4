import type { Wire } from '../shared/job/wire-job.ts';
import { isDense } from '../shared/parameters/codecs/dense.ts';
import type {
  DenseCodec,
  Encoding,
  SectionCodec,
  UpdateCodec,
} from '../shared/parameters/codecs/update-codec.ts';
import { DOMAIN, philox4x32, philoxKey } from '../shared/parameters/philox.ts';

/** In which order a member that cannot do the job's encoding is asked for another: what loses least of it first. */
const NEAREST: Readonly<Record<UpdateCodec, readonly DenseCodec[]>> = {
  f32: ['bf16', 'f16'],
  f16: ['f32', 'bf16'],
  bf16: ['f32', 'f16'],
  int8: ['f16', 'bf16', 'f32'],
  'top-k': ['f16', 'bf16', 'f32'],
  'random-k': ['f16', 'bf16', 'f32'],
  sign: ['f16', 'bf16', 'f32'],
  vote: ['f16', 'bf16', 'f32'],
};

/** Why a member that can do these encodings cannot take part; undefined when it can. */
export function misfitOf(wire: Wire, can: readonly UpdateCodec[]): string | undefined {
  if (can.includes(wire.down)) return undefined;
  const list = can.length > 0 ? can.join(', ') : 'none that is known here';
  return `this run's weights travel as ${wire.down}, which this member cannot decode (it can: ${list}). Use a newer version of it, or a job with another wire.`;
}

/** What a member is asked for: the job's encoding, or the nearest dense one that it can do. */
export function encodingFor({ up, down }: Wire, can: readonly UpdateCodec[]): Encoding {
  if (can.includes(up.codec)) return up;
  return { codec: NEAREST[up.codec].find((codec) => can.includes(codec)) ?? down };
}

/** The seed of a delta of the weights. */
export function deltaSeed(seed: number, incarnation: number, number: number): number {
  const block = new Uint32Array(4);
  philox4x32(block, philoxKey(seed, DOMAIN.codec), [incarnation, number, 0, 4]);
  return wholeNumber(block);
}

/**
 * How the sections beside `parameters` travel: control variates, the deltas of other models. Without a residual of their own they need
 * an encoding without bias: the job's where it is dense, else int8. Of one sign, or one number in twenty, a control variate would be
 * no estimate of a gradient any more, and the steps that it corrects would be worse than without it.
 */
export function sectionCodecFor({ up, down }: Wire, can: readonly UpdateCodec[]): SectionCodec {
  const wanted = isDense(up.codec) ? up.codec : 'int8';
  if (can.includes(wanted)) return wanted;
  return NEAREST[wanted].find((codec) => can.includes(codec)) ?? down;
}

/** The seed of an assignment's encoding: the same in every life of the run. */
export function encodingSeed(
  seed: number,
  { round, order }: { readonly round: number; readonly order: number },
): number {
  const block = new Uint32Array(4);
  philox4x32(block, philoxKey(seed, DOMAIN.codec), [round, order, 0, 3]);
  return wholeNumber(block);
}

/** Below 2^53. */
function wholeNumber(block: Uint32Array): number {
  return block[0]! + (block[1]! >>> 11) * 2 ** 32;
}
