/**
 * Memory for long messages that come, used again once their reader has given it back: fresh memory for each is pages to
 * fill with zeros, and a collection of the whole heap each time 64 MB of them have gone by. What is not given back
 * (a connection that broke, an upload nobody finished) is garbage like any other.
 */

/** A chunk of the wire with its envelope. */
const CAPACITY = (256 << 10) + (1 << 10);

/** Shorter ones are not worth a buffer of this length. */
const SHORTEST = 64 << 10;

/** 16 MiB: as many as come between two rounds of additions are kept, not a whole crowd's. */
const MOST_FREE = 64;

const free: ArrayBuffer[] = [];
/** Out with a reader: each comes back once. */
const lent = new WeakSet<ArrayBufferLike>();

/** Memory for a message of so many bytes; what is in it is undefined. */
export function takeBuffer(length: number): Buffer {
  if (length < SHORTEST || length > CAPACITY) return Buffer.allocUnsafe(length);
  const buffer = free.pop() ?? Buffer.allocUnsafeSlow(CAPACITY).buffer;
  lent.add(buffer);
  return Buffer.from(buffer, 0, length);
}

/** The memory under `bytes` is free; bytes that lie elsewhere, or came back before, are left alone. */
export function giveBuffer(bytes: Uint8Array): void {
  const { buffer } = bytes;
  if (!lent.delete(buffer)) return;
  if (free.length < MOST_FREE) free.push(buffer as ArrayBuffer);
}
