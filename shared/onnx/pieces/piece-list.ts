import { z } from 'zod';
import { OnnxFormatError } from '../errors.ts';

/** Frozen weights on their way: bytes that follow each other, cut into pieces of one size (the last may be shorter). */
export interface PieceList {
  /** Of all pieces together. */
  readonly bytes: number;
  /** Of each but the last. */
  readonly pieceBytes: number;
  /** SHA-256 of each, in lower-case hexadecimal. Equal ones are fetched once. */
  readonly pieces: readonly string[];
}

/** Small enough that many members may be sent different ones at once, and that a damaged one is soon there again. */
export const PIECE_BYTES = 1 << 22;
/** 128 GiB in pieces of the usual size. */
const MOST_PIECES = 1 << 15;
/** Bytes of an encoded list: a hash with its quotes and comma is 67. */
export const MOST_LIST_BYTES = 70 * MOST_PIECES;

/** SHA-256, in lower-case hexadecimal. */
export const HASH = /^[0-9a-f]{64}$/;

const schema = z.strictObject({
  bytes: z.int().positive(),
  pieceBytes: z
    .int()
    .min(1 << 10)
    .max(1 << 24),
  pieces: z.array(z.string().regex(HASH)).min(1).max(MOST_PIECES),
});

/** The same list gives the same bytes: its hash is what the model names it by. */
export function encodeList({ bytes, pieceBytes, pieces }: PieceList): Uint8Array {
  return new TextEncoder().encode(JSON.stringify({ bytes, pieceBytes, pieces }));
}

/**
 * @param encoded what came from a stranger
 * @throws OnnxFormatError for anything but a list whose numbers agree
 */
export function parseList(encoded: Uint8Array): PieceList {
  if (encoded.length > MOST_LIST_BYTES) throw wrong(`it has ${encoded.length} bytes`);
  const list = schema.safeParse(jsonOf(encoded));
  if (!list.success) {
    const [issue] = list.error.issues;
    throw wrong(`${issue?.path.join('.') || 'it'}: ${issue?.message}`, list.error);
  }
  const { bytes, pieceBytes, pieces } = list.data;
  const needed = Math.ceil(bytes / pieceBytes);
  if (pieces.length === needed) return list.data;
  throw wrong(`${bytes} bytes are ${needed} pieces of ${pieceBytes}, and it names ${pieces.length}`);
}

/** Where the pieces of one hash belong, in order of first place. @throws OnnxFormatError where they differ in length */
export function placesOf(
  list: PieceList,
): { readonly hash: string; readonly length: number; readonly offsets: number[] }[] {
  const places = new Map<
    string,
    { readonly hash: string; readonly length: number; readonly offsets: number[] }
  >();
  for (const [index, hash] of list.pieces.entries()) {
    const offset = index * list.pieceBytes;
    const length = Math.min(list.pieceBytes, list.bytes - offset);
    const known = places.get(hash);
    if (known && known.length !== length) throw wrong(`piece ${index} is another one’s, and shorter`);
    if (known) known.offsets.push(offset);
    else places.set(hash, { hash, length, offsets: [offset] });
  }
  return [...places.values()];
}

function jsonOf(encoded: Uint8Array): unknown {
  try {
    return JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(encoded));
  } catch (cause) {
    throw wrong('it is not JSON', cause);
  }
}

function wrong(why: string, cause?: unknown): OnnxFormatError {
  const message = `the list of the pieces that the model's frozen weights come in is not one: ${why}`;
  return new OnnxFormatError(message, ...(cause === undefined ? [] : [{ cause }]));
}
