import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import type { Outcome } from './outcome.ts';

/** Tests that are not covered, or forward only, by operator: name to reason. */
export type Expected = Readonly<Record<string, Readonly<Record<string, string>>>>;

export function readExpected(file: string): Expected {
  return existsSync(file) ? JSON.parse(readFileSync(file, 'utf8')) : {};
}

/** Whether an outcome belongs on the list of what is not covered. */
export function isGap(outcome: Outcome): boolean {
  return outcome.kind === 'not covered' || outcome.kind === 'forward only';
}

/** Keeps what tests that did not run now (another release of the specification) were expected to be. */
export function writeExpected(
  file: string,
  before: Expected,
  outcomes: ReadonlyMap<string, { operator: string; outcome: Outcome }>,
): void {
  const next: Record<string, Record<string, string>> = {};
  const set = (operator: string, name: string, reason: string) => {
    next[operator] = { ...next[operator], [name]: reason };
  };
  for (const [operator, tests] of Object.entries(before)) {
    for (const [name, reason] of Object.entries(tests)) if (!outcomes.has(name)) set(operator, name, reason);
  }
  for (const [name, { operator, outcome }] of outcomes) {
    if (isGap(outcome)) set(operator, name, `${outcome.kind}: ${outcome.reason}`);
  }
  const sorted = Object.entries(next)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([operator, tests]) => [operator, Object.fromEntries(Object.entries(tests).sort())]);
  writeFileSync(file, `${JSON.stringify(Object.fromEntries(sorted), null, 2)}\n`);
}
