import { spawnSync } from 'node:child_process';
import { hostname } from 'node:os';
import { join } from 'node:path';
import Database from 'libsql';
import { describe, expect, it } from 'vitest';
import { claimFolder, isHolderGone, isLocked, lockRun } from '../../../../coordinator/store/lock.ts';
import { temporaryFolder } from '../../../support/digits.ts';

/** What the lock says when its holder was this process. */
function heldBy(pid: number, host: string): boolean {
  const database = new Database(join(temporaryFolder(), 'lock.sqlite'));
  database.exec('CREATE TABLE holder (pid INTEGER, host TEXT, since INTEGER)');
  database.prepare('INSERT INTO holder VALUES (?, ?, 0)').run([pid, host]);
  try {
    return isHolderGone(database);
  } finally {
    database.close();
  }
}

describe('the lock of a run', () => {
  it('is held until it is released', () => {
    const directory = temporaryFolder();
    expect(isLocked(directory)).toBe(false);
    const lock = lockRun(directory);
    expect(isLocked(directory)).toBe(true);
    lock.release();
    expect(isLocked(directory)).toBe(false);
  });

  it('is taken with the folder: of two who begin the same run, one has both, and the other may not remove it', () => {
    const directory = join(temporaryFolder(), 'runs', 'same');
    const first = claimFolder(directory);
    expect(first.isNew).toBe(true);
    expect(() => claimFolder(directory)).toThrow(expect.objectContaining({ code: 'locked' }));
    first.lock.release();
    const later = claimFolder(directory);
    expect(later.isNew).toBe(false);
    later.lock.release();
  });

  it('where it cannot be asked, a holder of this machine that has ended holds nothing', () => {
    const { pid } = spawnSync(process.execPath, ['-e', '0']);
    expect(heldBy(pid, hostname())).toBe(true);
    expect(heldBy(process.pid, hostname())).toBe(false);
    // Of another machine's processes nothing is known here.
    expect(heldBy(pid, `not-${hostname()}`)).toBe(false);
  });
});
