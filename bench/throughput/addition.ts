import { addDecoded } from '../../shared/parameters/codecs.ts';
import { VectorMemory } from '../../shared/parameters/memory.ts';
import { DEFAULT_LIMITS } from '../../shared/protocol/limits.ts';
import type { Row } from '../row.ts';
import { spreadOf } from '../spread.ts';
import type { BenchContext } from '../suite.ts';

const FLOATS = 25_000_000;

/** An update of 25 M floats, in the chunks in which it came, is added to the window's sum; beside a plain copy of as many bytes. */
export function additionRow({ short, say }: BenchContext): Row {
  say('adding an update, beside a copy');
  const bytes = 4 * FLOATS;
  const sum = VectorMemory.create(FLOATS).allocate(FLOATS);
  const pieces: Uint8Array[] = [];
  const { chunkBytes } = DEFAULT_LIMITS;
  for (let at = 0; at < bytes; at += chunkBytes)
    pieces.push(new Uint8Array(Math.min(chunkBytes, bytes - at)).fill(1));
  const copy = new Uint8Array(bytes);
  const added: number[] = [];
  const copied: number[] = [];
  for (let turn = 0; turn < (short ? 5 : 25); turn++) {
    added.push(rate(bytes, () => addDecoded(sum, pieces, 'f32', 0.5)));
    copied.push(
      rate(bytes, () => {
        let at = 0;
        for (const piece of pieces) {
          copy.set(piece, at);
          at += piece.length;
        }
      }),
    );
  }
  return {
    name: 'adding an update of 25 M parameters to the sum, f32',
    unit: 'GB/s',
    // The first of each is of code that is not compiled, and of pages that were never touched.
    ours: spreadOf(added.slice(1)),
    peer: { name: 'memcpy', version: 'of the same chunks', spread: spreadOf(copied.slice(1)) },
    bound:
      'memory: each update is read once, through a cache-sized scratch that the kernel reaches, and the sum is read and written; the copy reads and writes as many bytes, without the sum’s.',
  };
}

/** Gigabytes of the update in a second. */
function rate(bytes: number, run: () => void): number {
  const startedAt = performance.now();
  run();
  return bytes / (performance.now() - startedAt) / 1e6;
}
