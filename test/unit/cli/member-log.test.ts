import { expect, it } from 'vitest';
import { readyText } from '../../../cli/member-log.ts';

it('is ready with the number that was asked about, and not with what pads it', () => {
  expect(readyText({ floats: 1372, trainable: 1370, rows: 1200, ownCopy: true })).toBe(
    'ready: 1,370 numbers that are trained, 1,200 rows',
  );
  expect(readyText({ floats: 1372, rows: 40, ownCopy: false })).toBe('ready: 1372 weights, 40 rows');
});

it('says what it trains in where the job asks for mixed precision, and why it does not', () => {
  const facts = { floats: 1372, rows: 40, ownCopy: false };
  expect(readyText({ ...facts, precision: 'mixed' })).toMatch(/; it trains in mixed precision$/);
  expect(readyText({ ...facts, precision: 'emulated' })).toMatch(/emulated: slower/);
  expect(readyText({ ...facts, precision: 'float32' })).toMatch(/in float32, for its engine has no float16/);
});
