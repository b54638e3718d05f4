import { createHash } from 'node:crypto';
import { rename, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { writePieces } from '../../node/files/model-file.ts';
import { type ByteSource, inMemory } from '../../shared/onnx/byte-source.ts';

/** The file is there whole or not at all. */
export async function writeWhole(file: string, bytes: Uint8Array): Promise<void> {
  await writeChecked(file, [inMemory(bytes)], async () => {});
}

/**
 * The file is there whole and checked, or not at all.
 *
 * @param pieces what is in it
 * @param check looks at what was written, at another place; when it throws, nothing is there
 */
export async function writeChecked<Found>(
  file: string,
  pieces: readonly ByteSource[],
  check: (written: string) => Promise<Found>,
): Promise<Found> {
  const unique = createHash('sha256').update(`${process.pid}.${performance.now()}`).digest('hex').slice(0, 8);
  const temporary = join(dirname(file), `.${unique}.onnx.tmp`);
  try {
    await writePieces(temporary, pieces);
    const found = await check(temporary);
    await rename(temporary, file);
    return found;
  } finally {
    await rm(temporary, { force: true });
  }
}
