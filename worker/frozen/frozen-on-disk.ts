import { rmSync } from 'node:fs';
import { type FileHandle, mkdir, mkdtemp, open, readdir, rm, statfs } from 'node:fs/promises';
import { hostname } from 'node:os';
import { join, resolve } from 'node:path';
import { writingTo } from '../../node/files/full-disk.ts';
import { FolderError } from '../../node/files/probe-folder.ts';
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
    this.folder ??= this.makeFolder();
    const folder = await this.folder;
    const free = await freeBytes(folder);
    if (free < bytes) throw tooSmall(this.cache, bytes, free);
    // Never the file of an earlier model: a trainer may have mapped it.
    const path = join(folder, `${++this.made}.weights`);
    const file = await open(path, 'w', 0o600);
    this.open.add(file);
    return {
      put: (offset, piece) =>
        writingTo(this.cache, () => writeAt(file, piece, offset)).catch(full(this.cache, bytes)),
      finish: async (): Promise<FrozenWeights> => {
        this.open.delete(file);
        await file.close();
        return { id, kind: 'file', path };
      },
    };
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
    const folder = await mkdtemp(join(this.cache, `${ownPrefix()}${process.pid}-`));
    // Where the process ends by itself without closing: after an error that nobody expected.
    const remove = (): void => rmSync(folder, { recursive: true, force: true });
    process.once('exit', remove);
    this.forget = () => process.off('exit', remove);
    return folder;
  }
}

/** Folders are this machine's or container's: another one may share the cache, and knows nothing of the processes here. */
function ownPrefix(): string {
  return `weights-${hostname().replace(/[^A-Za-z0-9]/g, '_')}-`;
}

/** What processes left that were killed. */
async function sweep(cache: string): Promise<void> {
  const prefix = ownPrefix();
  for (const name of await readdir(cache)) {
    const [, pid] = name.startsWith(prefix) ? (/^(\d+)-/.exec(name.slice(prefix.length)) ?? []) : [];
    if (pid !== undefined && !isAlive(Number(pid)))
      await rm(join(cache, name), { recursive: true, force: true });
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    // It is another user's.
    return (error as NodeJS.ErrnoException).code !== 'ESRCH';
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

function full(cache: string, bytes: number): (error: NodeJS.ErrnoException) => never {
  return (error) => {
    if (error.code !== 'ENOSPC' && error.code !== 'EDQUOT') throw error;
    throw tooSmall(cache, bytes, 0, error);
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
