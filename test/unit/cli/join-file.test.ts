import { mkdtemp, readdir, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { UsageError } from '../../../cli/errors.ts';
import { readJoinFile, writeJoinFile } from '../../../cli/join-file.ts';

const DETAILS = { address: '192.0.2.7:7300', fingerprint: 'AB:CD', token: 'secret' };

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'join-'));
});
afterEach(() => rm(folder, { recursive: true }));

describe('the join file', () => {
  it('says what was written, and nothing else of the run', async () => {
    const file = join(folder, 'join.json');
    await writeJoinFile(file, { ...DETAILS, run: 'digits' } as typeof DETAILS);
    expect(await readJoinFile(file, () => undefined)).toEqual(DETAILS);
    expect(await readdir(folder)).toEqual(['join.json']);
  });

  it.skipIf(process.platform === 'win32')('is for its owner only: it holds the token', async () => {
    const file = join(folder, 'join.json');
    await writeFile(file, 'from before', { mode: 0o644 });
    await writeJoinFile(file, DETAILS);
    expect((await stat(file)).mode & 0o777).toBe(0o600);
  });

  it('has no fingerprint for a coordinator in plaintext', async () => {
    const file = join(folder, 'join.json');
    await writeJoinFile(file, { ...DETAILS, fingerprint: undefined });
    expect((await readJoinFile(file, () => undefined)).fingerprint).toBeUndefined();
  });

  it('is waited for when the worker is there first', async () => {
    const file = join(folder, 'join.json');
    const waits: string[] = [];
    const details = await readJoinFile(file, () => {
      waits.push('waits');
      void writeJoinFile(file, DETAILS);
    });
    expect(details).toEqual(DETAILS);
    expect(waits).toEqual(['waits']);
  });

  it.each(['', '{', '[]', '{"address":"192.0.2.7:7300"}'])('is refused when it is %j', async (text) => {
    const file = join(folder, 'join.json');
    await writeFile(file, text);
    const reading = readJoinFile(file, () => undefined);
    await expect(reading).rejects.toThrow(UsageError);
    await expect(reading).rejects.toThrow(/--join-file writes/);
  });

  it('does not wait where a file cannot be', async () => {
    await writeFile(join(folder, 'file'), '');
    await expect(readJoinFile(join(folder, 'file', 'join.json'), () => undefined)).rejects.toThrow(/ENOTDIR/);
  });
});
