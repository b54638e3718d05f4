import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { resultOf } from '../row.ts';
import { readmeOf } from './readme.ts';
import type { Section } from './section.ts';

/** With the samples' spreads and what bounds them: what the other two files are made of. */
const MEASURED = 'measured.json';

/** What was measured before; nothing where nothing was. */
export function readSections(folder: string): readonly Section[] {
  try {
    return JSON.parse(readFileSync(join(folder, MEASURED), 'utf8')) as Section[];
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return [];
    throw error;
  }
}

export function writeSections(folder: string, sections: readonly Section[]): void {
  const results = sections.flatMap(({ rows }) => rows.map(resultOf));
  writeFileSync(join(folder, MEASURED), json(sections));
  writeFileSync(join(folder, 'results.json'), json(results));
  writeFileSync(join(folder, 'README.md'), readmeOf(sections));
}

function json(value: unknown): string {
  return `${JSON.stringify(value, undefined, 2)}\n`;
}
