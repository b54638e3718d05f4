import { execFileSync } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { createRun, openRun } from '../../../../coordinator/store/sqlite-store.ts';
import { checkpointOf, entryOf, RUN } from './contract.ts';

const cleanups: (() => void)[] = [];
afterEach(() => {
  for (const cleanup of cleanups.splice(0).reverse()) cleanup();
});

function folder(): string {
  const path = mkdtempSync(join(tmpdir(), 'tributary-full-'));
  cleanups.push(() => rmSync(path, { recursive: true, force: true }));
  return path;
}

/** A file system of `size` in a new folder; undefined where this process may not mount. */
function smallDisk(size: string): string | undefined {
  if (process.platform !== 'linux' || process.getuid?.() !== 0) return undefined;
  const path = folder();
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', `size=${size}`, 'tmpfs', path], { stdio: 'pipe' });
  } catch {
    return undefined;
  }
  cleanups.push(() => execFileSync('umount', ['-l', path]));
  return path;
}

describe('a full disk', () => {
  // Everywhere on Linux: the partial file is a link to a device on which every write fails with ENOSPC.
  it.runIf(existsSync('/dev/full'))(
    'while a checkpoint is written is an error that leaves nothing half-written',
    async () => {
      const directory = folder();
      const store = createRun(directory, RUN);
      const first = await store.commit(checkpointOf(1), [entryOf('a', 1)]);
      const checkpoints = join(directory, 'checkpoints');
      symlinkSync('/dev/full', join(checkpoints, 'v2-1.safetensors.partial'));
      await expect(store.commit(checkpointOf(2), [entryOf('b', 1)])).rejects.toMatchObject({
        code: 'disk-full',
        message: expect.stringContaining(
          `No space left on the disk while committing version 2 in ${checkpoints}. What`,
        ),
      });
      expect(readdirSync(checkpoints)).toEqual(['v1-1.safetensors']);
      expect(store.versions()).toEqual([first]);
      expect(store.books()).toHaveLength(1);
      // With space again the same commit goes through.
      await store.commit(checkpointOf(2), [entryOf('b', 1)]);
      store.close();
    },
  );

  it('of a small tmpfs stops the commits, and the last good one is resumed', async (context) => {
    const disk = smallDisk('3m');
    if (!disk) return context.skip('mounting a tmpfs needs root on Linux');
    const directory = join(disk, 'run');
    const store = createRun(directory, RUN, { keep: 100 });
    let last = 0;
    const failure = await (async () => {
      for (let version = 1; version < 100; version++) {
        await store.commit(checkpointOf(version, {}, 20_000), [entryOf(`a${version}`, 1)]);
        last = version;
      }
      return undefined;
    })().catch((error: unknown) => error);
    expect(failure).toMatchObject({ code: 'disk-full' });
    expect(last).toBeGreaterThan(3);
    const files = readdirSync(join(directory, 'checkpoints'));
    expect(files).toHaveLength(last);
    expect(files.some((name) => name.endsWith('.partial'))).toBe(false);
    expect((await store.latest())?.committed.version).toBe(last);
    expect(store.books().filter(({ status }) => status === 'committed')).toHaveLength(last);
    store.close();
    rmSync(join(directory, 'checkpoints', 'v1-1.safetensors'));
    const resumed = openRun(directory, { keep: 2 });
    expect((await resumed.latest())?.committed.version).toBe(last);
    resumed.close();
  });

  it('in the database itself leaves no checkpoint that no commit names', async (context) => {
    const disk = smallDisk('2m');
    if (!disk) return context.skip('mounting a tmpfs needs root on Linux');
    const directory = join(disk, 'run');
    const store = createRun(directory, RUN);
    await store.commit(checkpointOf(1), []);
    // Leaves room for the checkpoint, and none for what 20,000 rows of the books need.
    writeFileSync(join(disk, 'ballast'), Buffer.alloc(1_500_000));
    const many = Array.from({ length: 20_000 }, (_, i) => entryOf(`assignment-${i}`, 1));
    await expect(store.commit(checkpointOf(2), many)).rejects.toMatchObject({ code: 'disk-full' });
    expect(readdirSync(join(directory, 'checkpoints'))).toEqual(['v1-1.safetensors']);
    expect(store.books()).toEqual([]);
    rmSync(join(disk, 'ballast'));
    await store.commit(checkpointOf(2), [entryOf('a', 1)]);
    expect((await store.latest())?.committed.version).toBe(2);
    store.close();
  });

  it('at the creation of a run leaves no folder', (context) => {
    const disk = smallDisk('64k');
    if (!disk) return context.skip('mounting a tmpfs needs root on Linux');
    expect(() => createRun(join(disk, 'run'), RUN)).toThrow(expect.objectContaining({ code: 'disk-full' }));
    expect(readdirSync(disk)).toEqual([]);
  });
});
