import { dirname } from 'node:path';
import { RUNS } from './options.ts';

/** A word as a POSIX shell reads it back: as it is where nothing in it is special, else in single quotes (POSIX.1-2017, 2.2.2). */
export function quoted(word: string): string {
  if (/^[\w@%+=:,./-]+$/.test(word)) return word;
  return `'${word.replaceAll("'", `'\\''`)}'`;
}

/**
 * A command of ours to type or paste.
 *
 * @param words subcommand and arguments, unquoted
 */
export function command(...words: readonly string[]): string {
  return ['npx', 'tributary', ...words.map(quoted)].join(' ');
}

/** How a command names a run: its id, and the folder of all runs where that is not the usual one. */
export function namedRun(id: string, runs: string): readonly string[] {
  return runs === RUNS ? [id] : [id, '--runs', runs];
}

/** The same for the folder of one run. */
export function namedByFolder(id: string, directory: string): readonly string[] {
  return namedRun(id, dirname(directory));
}
