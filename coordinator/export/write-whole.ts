import { createHash } from 'node:crypto';
import { open, rename, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';

/** The file is there whole or not at all. */
export async function writeWhole(file: string, bytes: Uint8Array): Promise<void> {
  const unique = createHash('sha256').update(`${process.pid}.${performance.now()}`).digest('hex').slice(0, 8);
  const temporary = join(dirname(file), `.${unique}.onnx.tmp`);
  try {
    const handle = await open(temporary, 'w');
    try {
      await handle.writeFile(bytes);
      await handle.sync();
    } finally {
      await handle.close();
    }
    await rename(temporary, file);
  } finally {
    await rm(temporary, { force: true });
  }
}
