import { encode } from '../codecs.ts';
import type { Vector } from '../memory.ts';
import { lengthOf, type Pieces, slicePieces } from '../pieces.ts';
import { isDense } from './dense.ts';
import type { SectionParts, Stretch } from './section-parts.ts';
import { UPDATE_CODECS } from './table.ts';
import type { Encoding, EncodingFault, UpdateCodec } from './update-codec.ts';

/** A section's bytes are those of the coded stretches, then those of the exact ones as float32. */
export interface CodedSection {
  readonly codec: UpdateCodec;
  readonly bytes: Pieces;
}

/** What an update weighs in the sums: of the coded stretches, of weights that are exact, of the buffers behind `trainable`. */
export interface SectionWeights {
  readonly coded: number;
  readonly exact: number;
  readonly buffers: number;
  readonly trainable: number;
}

/** The bytes that a section takes, to the last one. */
export function sectionSize(parts: SectionParts, codec: UpdateCodec, share = 1): number {
  return codedSize(parts, codec, share) + UPDATE_CODECS.f32.size(parts.exact.map(floatsOf), 1);
}

/**
 * Encodes a vector's stretches.
 *
 * @throws CodecError when finite numbers would become infinite
 */
export function encodeSection(vector: Vector, parts: SectionParts, encoding: Encoding): Uint8Array {
  // The whole in one go, f32 without scratch memory.
  if (isDense(encoding.codec)) return encode(vector, encoding.codec);
  const coded = UPDATE_CODECS[encoding.codec].encode(take(vector, parts.coded), encoding);
  if (parts.exact.length === 0) return coded;
  const exact = UPDATE_CODECS.f32.encode(take(vector, parts.exact), encoding);
  const bytes = new Uint8Array(coded.length + exact.length);
  bytes.set(coded);
  bytes.set(exact, coded.length);
  return bytes;
}

/** What is wrong with a section of a stranger. Nothing is allocated beyond what `sectionSize` allows. */
export function sectionFault(
  like: Vector,
  parts: SectionParts,
  { codec, bytes }: CodedSection,
  share = 1,
): EncodingFault | undefined {
  const size = sectionSize(parts, codec, share);
  if (lengthOf(bytes) !== size) {
    return { message: `has ${lengthOf(bytes)} bytes: as ${codec} it takes ${size}`, nonFinite: false };
  }
  const boundary = codedSize(parts, codec, share);
  return (
    UPDATE_CODECS[codec].fault(take(like, parts.coded), slicePieces(bytes, 0, boundary)) ??
    UPDATE_CODECS.f32.fault(take(like, parts.exact), slicePieces(bytes, boundary, size))
  );
}

/** acc += weight · decoded section, in one pass, for a section without a fault. */
export function addSection(
  acc: Vector,
  parts: SectionParts,
  { codec, bytes }: CodedSection,
  weights: SectionWeights,
): void {
  const size = lengthOf(bytes);
  const boundary = size - UPDATE_CODECS.f32.size(parts.exact.map(floatsOf), 1);
  const targets = (stretches: readonly Stretch[], weight: number) =>
    stretches.map(({ start, end }) => ({
      vector: acc.slice(start, end),
      weight: start >= weights.trainable ? weights.buffers : weight,
    }));
  UPDATE_CODECS[codec].add(targets(parts.coded, weights.coded), slicePieces(bytes, 0, boundary));
  UPDATE_CODECS.f32.add(targets(parts.exact, weights.exact), slicePieces(bytes, boundary, size));
}

/** Whether a vector holds only what an encoding can say; a sign hides NaN, and so may what is left out. */
export function isSayable(vector: Vector, codec: UpdateCodec): boolean {
  return isDense(codec) || vector.memory.kernels.isFinite(vector);
}

function codedSize(parts: SectionParts, codec: UpdateCodec, share: number): number {
  return UPDATE_CODECS[codec].size(parts.coded.map(floatsOf), share);
}

function take(vector: Vector, stretches: readonly Stretch[]): Vector[] {
  return stretches.map(({ start, end }) => vector.slice(start, end));
}

function floatsOf({ start, end }: Stretch): number {
  return end - start;
}
