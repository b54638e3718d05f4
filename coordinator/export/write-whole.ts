import { randomUUID } from 'node:crypto';
import { rename, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { writePieces } from '../../node/files/model-file.ts';
import { inMemory } from '../../shared/onnx/byte-source.ts';

/** The file is there whole or not at all. */
export async function writeWhole(file: string, bytes: Uint8Array): Promise<void> {
  const temporary = join(dirname(file), `.${randomUUID()}.tmp`);
  try {
    await writePieces(temporary, [inMemory(bytes)]);
    await rename(temporary, file);
  } finally {
    await rm(temporary, { force: true });
  }
}
