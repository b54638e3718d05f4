import { createHash } from 'node:crypto';
import {
  type BigIntStats,
  closeSync,
  fstatSync,
  openSync,
  readFileSync,
  realpathSync,
  statSync,
} from 'node:fs';
import { open } from 'node:fs/promises';
import { dirname, join, relative, resolve, sep } from 'node:path';
import { type ByteSource, inMemory, piecesOf } from '../../shared/onnx/byte-source.ts';
import { OnnxFormatError } from '../../shared/onnx/errors.ts';
import type { ExternalOpener, ModelFile } from '../../shared/onnx/external-data.ts';
import { readAllAt, writeAll } from './durable.ts';
import { writingTo } from './full-disk.ts';

/**
 * A model file of the user, of which nothing is read yet, with what it keeps in files beside it (`model.onnx.data`). Not for
 * models of others: it opens files that the model names.
 *
 * @throws Error with the path, when there is no such file
 */
export function openModelFile(file: string): ModelFile {
  return { source: openFile(file), external: dataBeside(file) };
}

/** No link out of the model's folder is followed. A file is opened once, however many tensors lie in it. */
function dataBeside(file: string): ExternalOpener {
  const opened = new Map<string, ByteSource>();
  return (location) => {
    const source = opened.get(location) ?? openFile(regular(beside(file, location), location));
    opened.set(location, source);
    return source;
  };
}

function beside(file: string, location: string): string {
  const folder = realpathSync(dirname(file));
  const path = realPath(join(folder, location), location);
  const away = relative(folder, path);
  if (!away.startsWith(`..${sep}`) && away !== '..') return path;
  throw new OnnxFormatError(`its data is at ${location}, a link out of the model's folder`);
}

/** The model names it, so it may be anything: a pipe that nobody writes to would be waited for, for ever. */
function regular(path: string, location: string): string {
  const stat = statSync(path);
  if (stat.isFile()) return path;
  const what = stat.isDirectory() ? 'a folder' : 'a pipe or a device';
  throw new OnnxFormatError(`its data is at ${location}, which is ${what}: put a file with its bytes there`);
}

function realPath(path: string, location: string): string {
  try {
    return realpathSync(path);
  } catch (cause) {
    throw new OnnxFormatError(`its data is in ${location}, which is not there: put it beside the model`, {
      cause,
    });
  }
}

/**
 * The bytes of a file, read where they are asked for. The file is not kept open, as nobody says when the last tensor of it was
 * read; it must stay as it is.
 */
export function openFile(path: string): ByteSource {
  const then = statSync(path, { bigint: true });
  // A pipe can be read once, and what is no file says so when it is read.
  if (!then.isFile()) return inMemory(withPath(path, () => readFileSync(path)));
  return {
    length: Number(then.size),
    place: { path: resolve(path), offset: 0 },
    read: (offset, length, hashed = false) => {
      const descriptor = openSync(path, 'r');
      try {
        if (!hashed && !isSame(then, fstatSync(descriptor, { bigint: true }))) throw changed(path);
        const bytes = new Uint8Array(length);
        if (readAllAt(descriptor, bytes, offset) < length) throw changed(path);
        return bytes;
      } finally {
        closeSync(descriptor);
      }
    },
  };
}

function isSame(then: BigIntStats, now: BigIntStats): boolean {
  return now.ino === then.ino && now.size === then.size && now.mtimeNs === then.mtimeNs;
}

function changed(path: string): OnnxFormatError {
  return new OnnxFormatError(
    `${path} was changed or cut off after it was opened: its weights are read when they are needed. ` +
      'Leave it as it is meanwhile, and start again',
  );
}

/** Node's error says which file is not there, but not which is a folder. */
function withPath<Result>(path: string, read: () => Result): Result {
  try {
    return read();
  } catch (error) {
    throw Object.assign(error as Error, { path });
  }
}

/**
 * Writes pieces that follow each other into a new file, durably: never more than one is in memory.
 *
 * @returns hex SHA-256 of all of it, where `hashed`: a file of gigabytes need not be read again for that
 */
export async function writePieces(
  file: string,
  pieces: readonly ByteSource[],
  { mode = 0o666, hashed = false } = {},
): Promise<string> {
  const hash = hashed ? createHash('sha256') : undefined;
  const handle = await open(file, 'w', mode);
  try {
    await writingTo(dirname(file), async () => {
      for (const piece of piecesOf(pieces)) {
        hash?.update(piece);
        await writeAll(handle, piece);
      }
      await handle.sync();
    });
  } finally {
    await handle.close();
  }
  return hash?.digest('hex') ?? '';
}
