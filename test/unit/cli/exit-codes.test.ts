import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { EXIT, exitCodeOf, exitCodeOfSignal } from '../../../cli/exit-codes.ts';

test('every code is used once, and docs/exit-codes.md lists exactly these', () => {
  const rows = readFileSync('docs/exit-codes.md', 'utf8').matchAll(/^\| (\d+) \| (\w+) \|/gm);
  const documented = [...rows].map(([, code, name]) => [name, Number(code)]);
  expect(documented).toEqual(Object.entries(EXIT));
  expect(new Set(Object.values(EXIT)).size).toBe(Object.keys(EXIT).length);
});

test('what starting again does not help against is in 2 to 63', () => {
  for (const [name, code] of Object.entries(EXIT)) {
    if (name === 'ok' || name === 'unexpected') continue;
    expect(code, name).toBeGreaterThanOrEqual(2);
    expect(code, name).toBeLessThanOrEqual(63);
  }
});

test('a run that ended early because nothing improved is a success', () => {
  expect(exitCodeOf({ reason: 'early-stopping' })).toBe(0);
  expect(exitCodeOf({ reason: 'stopped' })).toBe(EXIT.stopped);
  expect(exitCodeOf({ reason: 'diverged' })).toBe(EXIT.diverged);
});

test('what a signal ended before it began ends as a shell says of any program', () => {
  expect([exitCodeOfSignal('SIGINT'), exitCodeOfSignal('SIGTERM')]).toEqual([130, 143]);
});
