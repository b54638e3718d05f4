/** What one peer may ask another to hold. Everything from the network is measured against these. */
export interface Limits {
  /** Bytes of one encoded envelope. Transports refuse longer ones before they are in memory. */
  readonly envelopeBytes: number;
  /** Bytes of a chunk's data; leaves room in the envelope for its other fields. */
  readonly chunkBytes: number;
  /** Bytes of one blob or one update's payload. */
  readonly transferBytes: number;
  /** Transfers that may be open at once on one connection, in each direction. */
  readonly transfers: number;
  /** UTF-16 units of names, hashes and ids. */
  readonly nameLength: number;
  /** UTF-16 units of messages for people. */
  readonly textLength: number;
  /** Entries of a list or map: sections, sums, vectors, globs. */
  readonly entries: number;
  /** Bytes of one transfer that may be under way to this peer without further credit. */
  readonly windowBytes: number;
}

export const DEFAULT_LIMITS: Limits = {
  envelopeBytes: 1 << 20,
  chunkBytes: 256 << 10,
  transferBytes: 2 ** 32 - 65_536,
  transfers: 16,
  nameLength: 256,
  textLength: 4096,
  entries: 4096,
  windowBytes: 8 << 20,
};
