import { chmodSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { showError } from '../../../cli/errors.ts';
import { EXIT } from '../../../cli/exit-codes.ts';
import { FolderError } from '../../../node/files/probe-folder.ts';
import { createMember } from '../../../worker/create-member.ts';
import { probeCache } from '../../../worker/data/cache-folder.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'tributary-cache-'));
});
afterEach(() => {
  chmodSync(folder, 0o700);
  rmSync(folder, { recursive: true, force: true });
});

describe('the folder for fetched rows', () => {
  it('is made, tried, and left empty', async () => {
    const cache = join(folder, 'a', 'b');
    await probeCache(cache);
    expect(readdirSync(cache)).toEqual([]);
  });

  it('that is a file is of no use: a worker says so at its start, before its engine', async () => {
    const cache = join(folder, 'file');
    writeFileSync(cache, '');
    const dial = (): never => {
      throw new Error('It was not to connect.');
    };
    const created = createMember({
      dial,
      token: 't',
      name: 'w',
      engine: 'cpu',
      threads: 1,
      cache,
    });
    const error = await created.then(
      () => undefined,
      (reason: unknown) => reason,
    );
    expect(error).toBeInstanceOf(FolderError);
    expect(showError(error, false)).toEqual({
      code: EXIT.file,
      text: `error: Fetched rows cannot be kept in ${cache}: it is a file, not a folder. Make it writable, or name another folder: --cache FOLDER, or XDG_CACHE_HOME for all of them.`,
    });
  });

  it.skipIf(process.platform === 'win32' || process.getuid?.() === 0)(
    'that is read-only is of no use (tried only where permissions bind: not as root)',
    async () => {
      chmodSync(folder, 0o500);
      await expect(probeCache(folder)).rejects.toThrow(/permissions do not allow it.*--cache/);
    },
  );

  it('on a full disk has its own exit code', () => {
    const error = new FolderError('disk-full', 'No space is left');
    expect(showError(error, false)).toEqual({ code: EXIT.diskFull, text: 'error: No space is left' });
  });
});
