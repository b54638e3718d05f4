import { createHash } from 'node:crypto';
import { type BigIntStats, fstatSync } from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';
import { readAll, readAllAt, writeAll, writeDurably } from '../../node/files/durable.ts';
import { StoredTensor } from '../../shared/onnx/stored-tensor.ts';
import {
  decodeHeader,
  encodeHeader,
  headerLength,
  LENGTH_BYTES,
  type SafetensorsEntry,
} from '../../shared/parameters/safetensors.ts';
import type { Checkpoint, CheckpointVector, OpenCheckpoint } from './store.ts';
import { StoreError, toStoreError } from './store-error.ts';

const FORMAT = 'tributary-checkpoint-1';
/** Bytes that are hashed and written at once: vectors are never copied as a whole, and the event loop breathes. */
const CHUNK = 1 << 22;

/** A checkpoint file that is missing, cut or changed. */
export class DamagedCheckpoint extends Error {
  override readonly name = 'DamagedCheckpoint';
}

/** There is no such file: of a run that goes on, a newer one may have taken its place. */
export class MissingCheckpoint extends DamagedCheckpoint {}

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

/**
 * Reads a checkpoint, and compares its hash.
 *
 * @throws DamagedCheckpoint saying what is wrong with it.
 */
export async function readCheckpoint(path: string, expectedHash: string): Promise<Checkpoint> {
  const file = await opened(path);
  try {
    const vectors: CheckpointVector[] = [];
    const { rest } = await readOpen(file, expectedHash, ({ name, start, end }) => {
      const data = new Float32Array((end - start) / 4);
      vectors.push({ name, data });
      return new Uint8Array(data.buffer);
    });
    return { ...rest, vectors };
  } finally {
    await file.close();
  }
}

/** Its vectors are in the file until they are asked for; reading one that was cut off or written over since is a StoreError `io`. */
export type FileCheckpoint = OpenCheckpoint<StoredTensor>;

/**
 * Opens a checkpoint, and compares its hash: of its vectors none is in memory.
 *
 * @throws DamagedCheckpoint saying what is wrong with it.
 */
export async function openCheckpoint(path: string, expectedHash: string): Promise<FileCheckpoint> {
  const file = await opened(path);
  try {
    const passed = new Uint8Array(CHUNK);
    // Before it is hashed: what is written over it from then on shows.
    const then = fstatSync(file.fd, { bigint: true });
    const { rest, entries, begin } = await readOpen(file, expectedHash, () => passed);
    const vectors = entries.map(
      ({ name, start, end }) =>
        [name, vectorAt(file.fd, then, path, begin + start, (end - start) / 4)] as const,
    );
    return { ...rest, vectors: new Map(vectors), close: () => file.close() };
  } catch (error) {
    await file.close();
    throw error;
  }
}

function vectorAt(
  descriptor: number,
  then: BigIntStats,
  path: string,
  position: number,
  length: number,
): StoredTensor {
  return new StoredTensor('float32', [length], (start, count) => {
    const data = new Float32Array(count);
    const bytes = new Uint8Array(data.buffer);
    const isShort = readInto(bytes, descriptor, path, position + start * 4) < bytes.length;
    // Looked at after reading, so that no write falls between the two.
    const now = fstatSync(descriptor, { bigint: true });
    if (isShort || now.size !== then.size || now.mtimeNs !== then.mtimeNs) {
      throw new StoreError(
        'io',
        `The checkpoint ${path} is damaged: it was ${isShort ? 'cut off' : 'written over'} after it was opened. ` +
          'Repeat the command, which takes the checkpoint before it where that one is intact, or restore the file from a copy.',
      );
    }
    return data;
  });
}

function readInto(bytes: Uint8Array, descriptor: number, path: string, position: number): number {
  try {
    return readAllAt(descriptor, bytes, position);
  } catch (error) {
    throw toStoreError(error, `reading ${path}`);
  }
}

async function opened(path: string): Promise<FileHandle> {
  try {
    return await open(path, 'r');
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code !== 'ENOENT') throw cause;
    throw new MissingCheckpoint('the file is missing', { cause });
  }
}

type Rest = Omit<Checkpoint, 'vectors'>;

interface Contents {
  readonly rest: Rest;
  readonly entries: readonly SafetensorsEntry[];
  /** Of the file, where the entries are counted from. */
  readonly begin: number;
}

/** @param into memory for the bytes of a vector; where it is less than that, it is filled again and again */
type Into = (entry: SafetensorsEntry) => Uint8Array;

async function readOpen(file: FileHandle, expectedHash: string, into: Into): Promise<Contents> {
  try {
    return await readWhole(file, expectedHash, into);
  } catch (cause) {
    if (cause instanceof DamagedCheckpoint || (cause as NodeJS.ErrnoException).code !== undefined)
      throw cause;
    throw new DamagedCheckpoint(cause instanceof Error ? cause.message : String(cause), { cause });
  }
}

async function readWhole(file: FileHandle, expectedHash: string, into: Into): Promise<Contents> {
  const { size } = await file.stat();
  const hash = createHash('sha256');
  const take = async (bytes: Uint8Array): Promise<void> => {
    for (let at = 0; at < bytes.length; at += CHUNK) {
      const part = bytes.subarray(at, at + CHUNK);
      if ((await readAll(file, part)) !== part.length) throw cut();
      hash.update(part);
    }
  };
  const prefix = new Uint8Array(Math.min(LENGTH_BYTES, size));
  await take(prefix);
  const json = new Uint8Array(headerLength(prefix, size));
  await take(json);
  const begin = prefix.length + json.length;
  const { metadata, entries } = decodeHeader(json, size - begin);
  for (const entry of entries) {
    const bytes = into(entry);
    for (let at = entry.start; at < entry.end; at += bytes.length)
      await take(bytes.subarray(0, entry.end - at));
  }
  const digest = hash.digest('hex');
  if (digest !== expectedHash) {
    throw new DamagedCheckpoint(
      `its SHA-256 is ${digest.slice(0, 12)}…, and ${expectedHash.slice(0, 12)}… was committed`,
    );
  }
  if (metadata['format'] !== FORMAT) {
    throw new DamagedCheckpoint(`its format is '${metadata['format']}', not ${FORMAT}`);
  }
  // The hash was right: this is what was written.
  return { rest: JSON.parse(metadata['checkpoint']!) as Rest, entries, begin };
}

function cut(): DamagedCheckpoint {
  return new DamagedCheckpoint('the file is cut');
}
