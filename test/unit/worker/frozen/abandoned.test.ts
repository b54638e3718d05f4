import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync } from 'node:fs';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { ownPrefix, sweep } from '../../../../worker/frozen/abandoned.ts';
import { temporaryFolder } from '../../../support/digits.ts';

const HOST = hostname().replace(/[^A-Za-z0-9]/g, '_');
const MARK = '0123456789abcdef';
let other: ChildProcess | undefined;
afterAll(() => void other?.kill());

/** What is left of folders with these names. */
async function swept(...names: readonly string[]): Promise<string[]> {
  const cache = temporaryFolder();
  for (const name of names) mkdirSync(join(cache, name));
  await sweep(cache);
  return readdirSync(cache).sort();
}

describe('folders of frozen weights', () => {
  it('of a killed process stayed for ever where this one has its number, as in a container that starts again', async () => {
    const own = `${ownPrefix()}here`;
    const earlier = [`weights-${HOST}-${process.pid}-${MARK}-left`, `weights-${HOST}-${process.pid}-left`];
    expect(await swept(own, ...earlier)).toEqual([own]);
  });

  it('of another process that is there stay, and not those of one before it with its number', async () => {
    other = spawn(process.execPath, ['-e', 'process.stdin.resume()'], {
      stdio: ['pipe', 'ignore', 'ignore'],
    });
    const unmarked = `weights-${HOST}-${other.pid}-older`;
    const before = `weights-${HOST}-${other.pid}-${MARK}-left`;
    if (!existsSync(`/proc/${other.pid}/stat`)) {
      console.log('SKIPPED: another process with the number of a killed one: there is no /proc here');
      return void expect(await swept(unmarked)).toEqual([unmarked]);
    }
    expect(await swept(unmarked, before)).toEqual([unmarked]);
  });

  it('of another machine stay, and those of processes that are gone go', async () => {
    const theirs = `weights-elsewhere-${process.pid}-${MARK}-here`;
    expect(await swept(theirs, `weights-${HOST}-999999999-${MARK}-left`)).toEqual([theirs]);
  });
});
