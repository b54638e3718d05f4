import type { Vector } from '../memory.ts';
import type { Pieces } from '../pieces.ts';

/** Encodings that hold every number for itself: those of the weights, and of whatever must not lose much. */
export type DenseCodec = 'f32' | 'f16' | 'bf16';

/** All encodings of an update. */
export type UpdateCodec = DenseCodec | 'int8' | 'top-k' | 'random-k' | 'sign' | 'vote';

/** Those of an update's sections beside `parameters`: without bias, or nearly. */
export type SectionCodec = DenseCodec | 'int8';

/** How an update is to be encoded. */
export interface Encoding {
  readonly codec: UpdateCodec;
  /** Of top-k and random-k: the share of the numbers that travel, in (0, 1]. */
  readonly share?: number;
  /** What is lost is kept by the member and added to its next update. */
  readonly errorFeedback?: boolean;
  /** Of stochastic rounding, random-k's choice and the signs of zeros: a whole number below 2^53; 0 when left out. */
  readonly seed?: number;
}

/** A stretch of the accumulator, and what the numbers that are added to it weigh. */
export interface Target {
  readonly vector: Vector;
  readonly weight: number;
}

/** What is wrong with encoded bytes: numbers that are not finite tell of training, anything else of the sender. */
export interface EncodingFault {
  readonly message: string;
  readonly nonFinite: boolean;
}

/**
 * An encoding of several stretches of a vector, one behind the other without padding. How many bytes it takes depends on their
 * lengths and the share alone, so a receiver knows it beforehand.
 */
export interface UpdateCodecRow {
  size(lengths: readonly number[], share: number): number;
  /** @throws CodecError when finite numbers would become infinite */
  encode(parts: readonly Vector[], encoding: Encoding): Uint8Array;
  /** What is wrong with bytes of the right number. */
  fault(parts: readonly Vector[], bytes: Pieces): EncodingFault | undefined;
  /** acc += weight · decoded, for bytes of the right number without a fault. */
  add(targets: readonly Target[], bytes: Pieces): void;
}

export const NOT_FINITE: EncodingFault = { message: 'holds NaN or infinity', nonFinite: true };
