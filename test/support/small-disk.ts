import { execFileSync } from 'node:child_process';
import { rmSync } from 'node:fs';
import { temporaryFolder } from './digits.ts';

/** A file system of a few bytes in a folder of its own; undefined where this process may not mount one. */
export interface SmallDisk {
  readonly path: string;
  grow(size: string): void;
  unmount(): void;
}

/** @param size as tmpfs takes it: `512k` */
export function smallDisk(size: string): SmallDisk | undefined {
  if (process.platform !== 'linux' || process.getuid?.() !== 0) return undefined;
  const path = temporaryFolder();
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', `size=${size}`, 'tmpfs', path], { stdio: 'pipe' });
  } catch {
    rmSync(path, { recursive: true });
    return undefined;
  }
  return {
    path,
    grow: (larger) => execFileSync('mount', ['-o', `remount,size=${larger}`, path]),
    unmount: () => {
      execFileSync('umount', ['-l', path]);
      rmSync(path, { recursive: true });
    },
  };
}
