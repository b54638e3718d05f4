import { readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { temporaryFolder } from './digits.ts';

export const FEDERATED_DIGITS = fileURLToPath(
  new URL('../../examples/federated-digits/job.yaml', import.meta.url),
);

/** The example's job file with some lines in place of others, each named by what it begins with. */
export function changedJob(lines: Readonly<Record<string, string>>): string {
  const text = readFileSync(FEDERATED_DIGITS, 'utf8').replace(
    '../digits',
    join(dirname(FEDERATED_DIGITS), '../digits'),
  );
  const known = new Set<string>();
  const changed = text.split('\n').map((line) => {
    const start = Object.keys(lines).find((begin) => line.startsWith(begin));
    if (start === undefined) return line;
    known.add(start);
    return lines[start];
  });
  const unknown = Object.keys(lines).filter((begin) => !known.has(begin));
  if (unknown.length > 0) throw new Error(`the example has no line that begins with ${unknown.join(', ')}`);
  const file = join(temporaryFolder(), 'job.yaml');
  writeFileSync(file, changed.join('\n'));
  return file;
}
