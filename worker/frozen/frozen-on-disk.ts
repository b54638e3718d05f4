import { rmSync } from 'node:fs';
import { type FileHandle, mkdir, mkdtemp, open, rm, stat, statfs } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { writingTo } from '../../node/files/full-disk.ts';
import { FolderError } from '../../node/files/probe-folder.ts';
import { ownPrefix, sweep } from './abandoned.ts';
import type { FrozenRoom, FrozenStore, FrozenWeights } from './frozen-store.ts';

/**
 * In one file, which ONNX Runtime maps into memory: what several programs read is there once, and leaves memory when others need
 * it. The file is in a folder of this process's own below that of fetched rows, and goes with the process.
 */
export class FrozenOnDisk implements FrozenStore {
  private readonly cache: string;
  private folder: Promise<string> | undefined;
  private readonly open = new Set<FileHandle>();
  private made = 0;
  private forget: (() => void) | undefined;

  constructor(cache: string) {
    this.cache = resolve(cache);
  }

  async make(id: string, bytes: number): Promise<FrozenRoom> {
    const fail = inWords(this.cache, bytes);
    const { path, file } = await this.makeFile(bytes).catch(fail);
    return {
      put: async (offset, piece) => {
        await writingTo(this.cache, () => writeAt(file, piece, offset)).catch(fail);
        // Into a file that was removed one can write for as long as it is open.
        await stat(path).catch(fail);
      },
      finish: async (): Promise<FrozenWeights> => {
        this.open.delete(file);
        await file.close();
        return { id, kind: 'file', path };
      },
    };
  }

  private async makeFile(bytes: number): Promise<{ readonly path: string; readonly file: FileHandle }> {
    this.folder ??= this.makeFolder();
    const folder = await this.folder;
    const free = await freeBytes(folder);
    if (free < bytes) throw tooSmall(this.cache, bytes, free);
    // Never the file of an earlier model: a trainer may have mapped it.
    const path = join(folder, `${++this.made}.weights`);
    const file = await open(path, 'w', 0o600);
    this.open.add(file);
    return { path, file };
  }

  async close(): Promise<void> {
    const folder = await this.folder?.catch(() => undefined);
    for (const file of this.open) await file.close();
    this.open.clear();
    if (folder === undefined) return;
    await rm(folder, { recursive: true, force: true });
    this.forget?.();
  }

  private async makeFolder(): Promise<string> {
    await mkdir(this.cache, { recursive: true, mode: 0o700 });
    await sweep(this.cache);
    const folder = await mkdtemp(join(this.cache, ownPrefix()));
    // Where the process ends by itself without closing: after an error that nobody expected.
    const remove = (): void => rmSync(folder, { recursive: true, force: true });
    process.once('exit', remove);
    this.forget = () => process.off('exit', remove);
    return folder;
  }
}

async function freeBytes(folder: string): Promise<number> {
  const { bavail, bsize } = await statfs(folder);
  return bavail * bsize;
}

async function writeAt(file: FileHandle, bytes: Uint8Array, offset: number): Promise<void> {
  for (let at = 0; at < bytes.length; ) {
    const { bytesWritten } = await file.write(bytes, at, bytes.length - at, offset + at);
    at += bytesWritten;
  }
}

/** Of a file system: what it is to whoever named the folder. */
function inWords(cache: string, bytes: number): (error: NodeJS.ErrnoException) => never {
  return (error) => {
    if (error instanceof FolderError || typeof error.code !== 'string') throw error;
    if (error.code === 'ENOSPC' || error.code === 'EDQUOT') throw tooSmall(cache, bytes, 0, error);
    const why =
      error.code === 'ENOENT'
        ? 'what was fetched there was removed meanwhile. Start again, and leave the folder as it is'
        : `${error.message}. Make it writable`;
    const text = `The model’s frozen weights cannot be kept in ${cache}: ${why}, or name another folder: --cache FOLDER.`;
    throw new FolderError('unusable', text, { cause: error });
  };
}

function tooSmall(cache: string, bytes: number, free: number, cause?: unknown): FolderError {
  return new FolderError(
    'disk-full',
    `The model’s frozen weights take ${megabytes(bytes)} MB in ${cache}, and ${free > 0 ? `${megabytes(free)} MB are free` : 'the disk is full'} there. ` +
      'Free some, or name another folder: --cache FOLDER.',
    ...(cause === undefined ? [] : [{ cause }]),
  );
}

function megabytes(bytes: number): number {
  return Math.ceil(bytes / 1e6);
}
