/** One mistake in a job file. */
export interface Problem {
  /** From 1. */
  readonly line: number;
  /** From 1. */
  readonly column: number;
  /** Characters of the line that are to blame. */
  readonly length: number;
  /** The key's path, `model.layers[2].conv.kernel`; empty for the whole file. */
  readonly path: string;
  readonly message: string;
  /** What is there, shortened. */
  readonly found: string;
  /** What may be there: words, or a phrase. */
  readonly allowed: readonly string[];
  /** The word that was probably meant. */
  readonly nearest?: string;
  /** Of a value of the wrong form: the key with one of the right form. */
  readonly example?: string;
}

/** A job file that cannot be run, with every mistake in it. */
export class JobError extends Error {
  override readonly name = 'JobError';
  readonly file: string;
  readonly problems: readonly Problem[];
  /** The file's text, to show the lines. */
  readonly text: string;

  constructor(file: string, text: string, problems: readonly Problem[]) {
    const [first] = problems;
    const more = problems.length > 1 ? ` (and ${problems.length - 1} more)` : '';
    super(`${file}:${first?.line}:${first?.column}: ${first?.message}${more}`);
    this.file = file;
    this.text = text;
    this.problems = problems;
  }
}
