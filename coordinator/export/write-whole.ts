import { rename } from 'node:fs/promises';
import { writePieces } from '../../node/files/model-file.ts';
import { withTemporaries } from '../../node/files/temporaries.ts';
import { inMemory } from '../../shared/onnx/byte-source.ts';
import { refuseFolders } from './replace-pair.ts';

/** The file is there whole or not at all. */
export async function writeWhole(file: string, bytes: Uint8Array): Promise<void> {
  refuseFolders([file]);
  await withTemporaries(file, ['whole'], async ([temporary]) => {
    await writePieces(temporary, [inMemory(bytes)]);
    await rename(temporary, file);
  });
}
