import { execFileSync } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, rmSync, symlinkSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { showError } from '../../../../cli/errors.ts';
import { EXIT } from '../../../../cli/exit-codes.ts';
import { ingest } from '../../../../node/data/ingest.ts';
import { writeAll, writeDurably } from '../../../../node/files/durable.ts';
import { writingTo } from '../../../../node/files/full-disk.ts';
import { writePieces } from '../../../../node/files/model-file.ts';
import { inMemory } from '../../../../shared/onnx/byte-source.ts';
import { dataJob, folderWith } from '../../data/fixtures.ts';

const cleanups: (() => void)[] = [];
let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'tributary-full-'));
  cleanups.push(() => rmSync(folder, { recursive: true, force: true }));
});
afterEach(() => {
  for (const cleanup of cleanups.splice(0).reverse()) cleanup();
});

async function failure(work: Promise<unknown>): Promise<unknown> {
  return work.then(
    () => undefined,
    (error: unknown) => error,
  );
}

function expectFolder(error: unknown, where: string): void {
  expect(showError(error, false)).toEqual({
    code: EXIT.diskFull,
    text: `error: The disk is full: ${where}. Free some space and try again.`,
  });
}

describe('that a disk is full was said without which', () => {
  const bytes = new Uint8Array(1 << 16);

  it.each([
    ['what was written', {}, true],
    ['a path that is known already', { path: '/known' }, false],
  ])('by an error with %s', async (_, more, isFolder) => {
    for (const code of ['ENOSPC', 'EDQUOT']) {
      const error = Object.assign(new Error('no space left'), { code, ...more });
      const thrown = await failure(writingTo(folder, () => Promise.reject(error)));
      expect(thrown).toBe(error);
      expectFolder(thrown, isFolder ? folder : '/known');
    }
  });

  it('other errors are left as they are', async () => {
    const error = Object.assign(new Error('no'), { code: 'EIO' });
    expect(await failure(writingTo(folder, () => Promise.reject(error)))).not.toHaveProperty('path');
  });

  // On Linux: a device on which every write fails with ENOSPC.
  it.runIf(existsSync('/dev/full'))('by every way to write a file', async () => {
    const file = join(folder, 'a');
    symlinkSync('/dev/full', file);
    symlinkSync('/dev/full', join(folder, 'b.partial'));
    expectFolder(await failure(writePieces(file, [inMemory(bytes)])), folder);
    expectFolder(await failure(writingTo(folder, () => writeFile(file, bytes))), folder);
    expectFolder(await failure(writeDurably(join(folder, 'b'), (handle) => writeAll(handle, bytes))), folder);
  });

  it('when rows were read into the cache', async (context) => {
    if (process.platform !== 'linux' || process.getuid?.() !== 0)
      return context.skip('mounting a tmpfs needs root on Linux');
    try {
      execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=64k', 'tmpfs', folder], { stdio: 'pipe' });
    } catch {
      return context.skip('mounting a tmpfs needs root on Linux');
    }
    cleanups.push(() => execFileSync('umount', ['-l', folder]));
    const rows = Array.from({ length: 20_000 }, (_, row) => `${row / 7},${row / 3},${row % 2}`);
    const job = dataJob();
    const { folder: home, remove } = folderWith(job.source, `a,b,label\n${rows.join('\n')}\n`);
    cleanups.push(remove);
    expectFolder(await failure(ingest(job, home, folder, 1)), folder);
    expect(readdirSync(folder)).toEqual([]);
  });
});
