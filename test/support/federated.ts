import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import type { Job } from '../../shared/job/job.ts';
import { DIGITS, digitsJob, temporaryFolder } from './digits.ts';

const PIXELS = Array.from({ length: 64 }, (_, pixel) => pixel);
const CLASSES = Array.from({ length: 10 }, (_, digit) => String(digit));

/** A job on digits that participants hold. */
export function federatedJob(changes: Partial<Job> = {}, data: Partial<Job['data']> = {}): Job {
  const base = digitsJob();
  return {
    ...base,
    data: {
      ...base.data,
      heldBy: 'members',
      source: '',
      target: { column: 64, type: 'class', classes: CLASSES },
      features: { ...base.data.features, columns: PIXELS },
      ...data,
    },
    strategy: { kind: 'fedavg', epochs: 1 },
    optimizer: { kind: 'sgd', learningRate: 0.1, momentum: 0, nesterov: false, weightDecay: 0 },
    epochs: undefined,
    rounds: 8,
    batch: 16,
    evaluate: { every: { rounds: 4 }, participants: 100 },
    checkpoint: { rounds: 1, seconds: 10, keep: 3, best: undefined },
    ...changes,
  };
}

/** The lines of the digits' table. */
export function digitLines(): string[] {
  const text = gunzipSync(readFileSync(join(DIGITS, 'digits.csv.gz'))).toString('utf8');
  return text.split('\n').filter((line) => line.trim() !== '');
}

/** Tables of participants, each with every n-th row; or cut by `of`, which gives the table of a line. */
export function digitTables(
  count: number,
  of: (line: string, index: number) => number = (_, index) => index % count,
): string[] {
  const tables: string[][] = Array.from({ length: count }, () => []);
  for (const [index, line] of digitLines().entries()) tables[of(line, index)]?.push(line);
  const folder = temporaryFolder();
  return tables.map((lines, index) => {
    const file = join(folder, `site-${index}.csv`);
    writeFileSync(file, `${lines.join('\n')}\n`);
    return file;
  });
}
