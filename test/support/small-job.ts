import { existsSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createRandom } from '../../shared/parameters/random.ts';
import { temporaryFolder } from './digits.ts';

/** Two clouds of points, as a table with a header: `x,y,label`. */
export function pointsTable(rows = 120): string {
  const random = createRandom(1);
  const lines = Array.from({ length: rows }, (_, row) => {
    const side = row % 2 === 0 ? 1 : -1;
    const [x, y] = [side + random.next() - 0.5, random.next() - 0.5 - side];
    return `${x.toFixed(3)},${y.toFixed(3)},${side > 0 ? 'red' : 'blue'}`;
  });
  return `x,y,label\n${lines.join('\n')}\n`;
}

/** Lines of a job file by key; undefined leaves a key out. */
export type JobLines = Readonly<Record<string, string | undefined>>;

const LINES: JobLines = {
  name: 'points',
  data: '{ source: rows.csv, target: { column: label, type: class } }',
  model: '{ layers: [{ dense: 8 }, relu, { dense: 2 }] }',
  loss: 'cross-entropy',
  optimizer: '{ adam: { learning-rate: 0.01 } }',
  epochs: '2',
  batch: '16',
};

/** A folder of its own with a small job and its table. */
export class Workplace {
  readonly directory = temporaryFolder();
  readonly runs = join(this.directory, 'runs');

  constructor(lines: JobLines = {}, table: string | Uint8Array = pointsTable()) {
    this.write('rows.csv', table);
    this.job(lines);
  }

  get jobFile(): string {
    return this.path('job.yaml');
  }

  path(name: string): string {
    return join(this.directory, name);
  }

  write(name: string, content: string | Uint8Array): string {
    writeFileSync(this.path(name), content);
    return this.path(name);
  }

  job(lines: JobLines): void {
    const all = Object.entries({ ...LINES, ...lines }).filter(([, value]) => value !== undefined);
    this.write('job.yaml', all.map(([key, value]) => `${key}: ${value}\n`).join(''));
  }

  /** Ids of the runs that were begun. */
  runIds(): string[] {
    if (!existsSync(this.runs)) return [];
    return readdirSync(this.runs).filter((name) => !name.startsWith('.'));
  }
}
