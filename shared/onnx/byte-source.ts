/** Bytes that lie in a file, or in memory, and are read when they are asked for. */
export interface ByteSource {
  readonly length: number;
  /** Where they begin in a file that whoever computes with them may open, or map into memory, by itself. */
  readonly place?: FilePlace | undefined;
  /**
   * `length` bytes from `offset`, which may be a view.
   *
   * @param hashed the hash of what comes is known and compared: whether the file is the very one that was opened does not matter then
   * @throws OnnxFormatError where the file is no longer what it was when it was opened
   */
  read(offset: number, length: number, hashed?: boolean): Uint8Array;
}

export interface FilePlace {
  /** Absolute. */
  readonly path: string;
  readonly offset: number;
}

/** Bytes that are read at once where all are wanted, so that no copy of a whole file is ever in memory. */
export const PIECE = 1 << 24;

export function inMemory(bytes: Uint8Array): ByteSource {
  return { length: bytes.length, read: (offset, length) => bytes.subarray(offset, offset + length) };
}

/** A stretch of a source. */
export function sliceOf(source: ByteSource, from: number, to: number): ByteSource {
  const { place } = source;
  return {
    length: to - from,
    place: place && { path: place.path, offset: place.offset + from },
    read: (offset, length, hashed) => source.read(from + offset, length, hashed),
  };
}

/** All bytes of sources that follow each other, a bounded piece at a time. */
export function* piecesOf(sources: readonly ByteSource[], hashed = false): Generator<Uint8Array> {
  for (const source of sources) {
    for (let at = 0; at < source.length; at += PIECE)
      yield source.read(at, Math.min(PIECE, source.length - at), hashed);
  }
}

export function lengthOf(sources: readonly ByteSource[]): number {
  return sources.reduce((sum, { length }) => sum + length, 0);
}

/** The bytes of sources that follow each other, in memory. */
export function joined(sources: readonly ByteSource[], hashed = false): Uint8Array {
  const bytes = new Uint8Array(lengthOf(sources));
  let at = 0;
  for (const piece of piecesOf(sources, hashed)) {
    bytes.set(piece, at);
    at += piece.length;
  }
  return bytes;
}

/** Sources that follow each other as one. What is read across their ends is a copy. */
export function concatenated(sources: readonly ByteSource[]): ByteSource {
  const filled = sources.filter(({ length }) => length > 0);
  const starts = [0];
  for (const { length } of filled) starts.push((starts.at(-1) as number) + length);
  const whole = starts.pop() as number;
  return {
    length: whole,
    read: (offset, length, hashed) => {
      const bytes = new Uint8Array(length);
      for (let [at, index] = [0, lastUpTo(starts, offset)]; at < length; index++) {
        const source = filled[index] as ByteSource;
        const from = offset + at - (starts[index] as number);
        const count = Math.min(length - at, source.length - from);
        if (count === length) return source.read(from, count, hashed);
        bytes.set(source.read(from, count, hashed), at);
        at += count;
      }
      return bytes;
    },
  };
}

/** Index of the last number of a sorted list that is not above `value`. */
function lastUpTo(sorted: readonly number[], value: number): number {
  let [low, high] = [0, sorted.length];
  while (high - low > 1) {
    const middle = (low + high) >> 1;
    if ((sorted[middle] as number) <= value) low = middle;
    else high = middle;
  }
  return low;
}
