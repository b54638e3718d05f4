import { shellWord } from './shell-word.ts';

/** How people call the program, from a clone or where it is installed: what every message says. */
export const PROGRAM = 'npx tributary';

/** The same on a machine where nothing is installed: the package's name, as npm knows it. */
export const PACKAGE = 'npx tributary-ml';

/**
 * A command of ours to type or paste.
 *
 * @param words subcommand and arguments, unquoted
 */
export function command(...words: readonly string[]): string {
  return [PROGRAM, ...words.map(shellWord)].join(' ');
}
