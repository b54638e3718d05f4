/** Bytes in several pieces, one behind the other: as they came in, not yet copied into one buffer. */
export type Pieces = readonly Uint8Array[];

export function lengthOf(pieces: Pieces): number {
  return pieces.reduce((sum, piece) => sum + piece.length, 0);
}

/** The bytes [start, end): views, no copies. */
export function slicePieces(pieces: Pieces, start: number, end: number): Pieces {
  const slices: Uint8Array[] = [];
  let offset = 0;
  for (const piece of pieces) {
    const from = Math.max(0, start - offset);
    const to = Math.min(piece.length, end - offset);
    if (from < to) slices.push(piece.subarray(from, to));
    offset += piece.length;
  }
  return slices;
}

/** One stretch of bytes: a piece that is alone is that already, several are copied. */
export function joinPieces(pieces: Pieces): Uint8Array {
  if (pieces.length === 1) return pieces[0]!;
  const whole = new Uint8Array(lengthOf(pieces));
  let offset = 0;
  for (const piece of pieces) {
    whole.set(piece, offset);
    offset += piece.length;
  }
  return whole;
}
