import { writeSync } from 'node:fs';

/** Writes all of `values` at the descriptor's place; a single call may take a part only. */
export function writeWhole(descriptor: number, values: Uint8Array | Int32Array | Float32Array): void {
  const bytes = new Uint8Array(values.buffer, values.byteOffset, values.byteLength);
  for (let written = 0; written < bytes.length; ) written += writeSync(descriptor, bytes, written);
}
