import { expect, it } from 'vitest';
import { guarded, toStoreError } from '../../../../coordinator/store/store-error.ts';

const full = Object.assign(new Error('database or disk is full'), { code: 'SQLITE_FULL' });

it('a full disk of SQLite, which names no file, names the run’s folder', () => {
  const write = () =>
    guarded(
      'booking updates',
      () => {
        throw full;
      },
      'runs/a',
    );
  expect(write).toThrow('No space left on the disk while booking updates in runs/a. What was committed');
  expect(toStoreError(full, 'booking updates')).toMatchObject({
    code: 'disk-full',
    message: expect.stringContaining('while booking updates. What'),
  });
});
