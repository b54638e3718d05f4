import { createHash } from 'node:crypto';
import { type FileHandle, open } from 'node:fs/promises';
import { readAll, writeAll, writeDurably } from '../../node/files/durable.ts';
import {
  decodeHeader,
  encodeHeader,
  headerLength,
  LENGTH_BYTES,
} from '../../shared/parameters/safetensors.ts';
import type { Checkpoint, CheckpointVector } from './store.ts';

const FORMAT = 'tributary-checkpoint-1';
/** Bytes that are hashed and written at once: vectors are never copied as a whole, and the event loop breathes. */
const CHUNK = 1 << 22;

/** A checkpoint file that is missing, cut or changed. */
export class DamagedCheckpoint extends Error {
  override readonly name = 'DamagedCheckpoint';
}

/**
 * Writes a checkpoint durably: a safetensors file with the vectors, and all else as JSON in its metadata.
 *
 * @returns the SHA-256 of the file's bytes, made while they were written.
 */
export async function writeCheckpoint(path: string, checkpoint: Checkpoint): Promise<string> {
  const { vectors, ...rest } = checkpoint;
  return writeDurably(path, async (file) => {
    const hash = createHash('sha256');
    const put = async (bytes: Uint8Array): Promise<void> => {
      hash.update(bytes);
      await writeAll(file, bytes);
    };
    await put(encodeHeader(vectors, { format: FORMAT, checkpoint: JSON.stringify(rest) }));
    for (const { data } of vectors) {
      const bytes = new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
      for (let at = 0; at < bytes.length; at += CHUNK) await put(bytes.subarray(at, at + CHUNK));
    }
    return hash.digest('hex');
  });
}

/** Which vectors of a checkpoint are kept in memory. */
export type Wanted = (vector: string) => boolean;

/**
 * Reads a checkpoint, and compares its hash.
 *
 * @param wanted the vectors that it is read for; all of them when left out
 * @throws DamagedCheckpoint saying what is wrong with it.
 */
export async function readCheckpoint(
  path: string,
  expectedHash: string,
  wanted: Wanted = () => true,
): Promise<Checkpoint> {
  let file: FileHandle;
  try {
    file = await open(path, 'r');
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code !== 'ENOENT') throw cause;
    throw new DamagedCheckpoint('the file is missing', { cause });
  }
  try {
    return await readOpen(file, expectedHash, wanted);
  } catch (cause) {
    if (cause instanceof DamagedCheckpoint || (cause as NodeJS.ErrnoException).code !== undefined)
      throw cause;
    throw new DamagedCheckpoint(cause instanceof Error ? cause.message : String(cause), { cause });
  } finally {
    await file.close();
  }
}

async function readOpen(file: FileHandle, expectedHash: string, wanted: Wanted): Promise<Checkpoint> {
  const { size } = await file.stat();
  const hash = createHash('sha256');
  const take = async (bytes: Uint8Array): Promise<void> => {
    for (let at = 0; at < bytes.length; at += CHUNK) {
      const part = bytes.subarray(at, at + CHUNK);
      if ((await readAll(file, part)) !== part.length) throw new DamagedCheckpoint('the file is cut');
      hash.update(part);
    }
  };
  const prefix = new Uint8Array(Math.min(LENGTH_BYTES, size));
  await take(prefix);
  const json = new Uint8Array(headerLength(prefix, size));
  await take(json);
  const header = decodeHeader(json, size - prefix.length - json.length);
  const vectors: CheckpointVector[] = [];
  for (const { name, start, end } of header.entries) {
    if (!wanted(name)) {
      const passed = new Uint8Array(Math.min(CHUNK, end - start));
      for (let at = start; at < end; at += CHUNK) await take(passed.subarray(0, Math.min(CHUNK, end - at)));
      continue;
    }
    const data = new Float32Array((end - start) / 4);
    await take(new Uint8Array(data.buffer));
    vectors.push({ name, data });
  }
  const digest = hash.digest('hex');
  if (digest !== expectedHash) {
    throw new DamagedCheckpoint(
      `its SHA-256 is ${digest.slice(0, 12)}…, and ${expectedHash.slice(0, 12)}… was committed`,
    );
  }
  if (header.metadata['format'] !== FORMAT) {
    throw new DamagedCheckpoint(`its format is '${header.metadata['format']}', not ${FORMAT}`);
  }
  // The hash was right: this is what was written.
  const rest = JSON.parse(header.metadata['checkpoint']!) as Omit<Checkpoint, 'vectors'>;
  return { ...rest, vectors };
}
