import type { JobError, Problem } from './job-error.ts';

const LONGEST_LINE = 100;
const MOST_WORDS = 16;

/**
 * Every problem with its line and a caret under what is to blame, as compilers show them.
 *
 * @param text the job file
 */
export function formatProblems(error: JobError, text: string): string {
  const lines = text.split(/\r?\n/);
  const blocks = error.problems.map((problem) => block(error.file, problem, lines));
  const count = error.problems.length;
  return [...blocks, `${count} ${count === 1 ? 'problem' : 'problems'} in ${error.file}.`].join('\n\n');
}

function block(file: string, problem: Problem, lines: readonly string[]): string {
  const { line, column, message, path } = problem;
  const place = path && !message.includes(`"${path}"`) ? `${path}: ` : '';
  return [
    `${file}:${line}:${column}: ${place}${message}`,
    ...excerpt(problem, lines[line - 1] ?? ''),
    ...(problem.found && !message.includes(problem.found) ? [`  found    ${problem.found}`] : []),
    ...(problem.allowed.length > 0 ? [`  allowed  ${allowedText(problem.allowed)}`] : []),
    ...(problem.example ? [`  example  ${problem.example}`] : []),
    ...(problem.nearest ? [`  did you mean "${problem.nearest}"?`] : []),
  ].join('\n');
}

/** The line and the caret under it; a long line is cut around the caret. Tabs would move the caret, so they become spaces. */
function excerpt({ line, column, length }: Problem, text: string): string[] {
  const start = Math.max(0, column - 1 - Math.floor(LONGEST_LINE * 0.7));
  const cut = text.slice(start, start + LONGEST_LINE).replaceAll('\t', ' ');
  const number = String(line);
  const at = column - 1 - start;
  const underline = '^'.repeat(Math.max(1, Math.min(length, cut.length - at)));
  return [`  ${number} | ${cut}`, `  ${' '.repeat(number.length)} | ${' '.repeat(at)}${underline}`];
}

function allowedText(allowed: readonly string[]): string {
  const words = allowed.slice(0, MOST_WORDS).join(', ');
  return allowed.length > MOST_WORDS ? `${words}, … (${allowed.length} in all)` : words;
}
