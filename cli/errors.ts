import { formatProblems } from '../shared/job/format-problems.ts';
import { JobError } from '../shared/job/job-error.ts';
import { EXIT, type ExitCode } from './exit-codes.ts';

/** Arguments that do not make sense together. */
export class UsageError extends Error {
  override readonly name = 'UsageError';
}

/** An error as the command line shows it. */
export interface Shown {
  readonly code: number;
  readonly text: string;
}

interface ErrorShape {
  readonly name: string;
  readonly message: string;
  readonly code?: unknown;
  readonly exitCode?: unknown;
  readonly [property: string]: unknown;
}

type Row = (error: ErrorShape) => Shown;

const plain =
  (code: ExitCode): Row =>
  ({ message }) => ({ code, text: `error: ${message}` });

const STORE: Readonly<Record<string, ExitCode>> = {
  'disk-full': EXIT.diskFull,
  'not-found': EXIT.noRun,
  locked: EXIT.locked,
};

const CHANNEL: Readonly<Record<string, ExitCode>> = {
  'in-use': EXIT.address,
  address: EXIT.address,
  insecure: EXIT.address,
  refused: EXIT.refused,
  certificate: EXIT.refused,
};

/**
 * The errors that are the user's to mend, by their name: by class would load every part of the program for each command.
 */
const USER_ERRORS: Readonly<Record<string, Row>> = {
  UsageError: plain(EXIT.usage),
  PartitionError: plain(EXIT.data),
  DataError: (error) => ({ code: EXIT.data, text: inJobText(error) ?? dataText(error) }),
  ModelBuildError: (error) => ({ code: EXIT.model, text: inJobText(error) ?? `error: ${error.message}` }),
  ModelError: plain(EXIT.model),
  OnnxFormatError: plain(EXIT.model),
  RefusedModelError: plain(EXIT.inspection),
  MissingGradientError: plain(EXIT.model),
  EngineError: plain(EXIT.engine),
  StrategyError: plain(EXIT.job),
  StrategyModuleError: plain(EXIT.job),
  JobChangedError: plain(EXIT.jobChanged),
  ExportError: (error) => plain(error['diverged'] === true ? EXIT.diverged : EXIT.export)(error),
  NotInRunError: plain(EXIT.usage),
  CertificateError: plain(EXIT.file),
  FolderError: (error) => plain(error.code === 'disk-full' ? EXIT.diskFull : EXIT.file)(error),
  StoreError: (error) => plain(STORE[String(error.code)] ?? EXIT.store)(error),
  ChannelError: (error) =>
    plain(CHANNEL[String((error['reason'] as { code?: unknown } | undefined)?.code)] ?? EXIT.connection)(
      error,
    ),
  /** A child process has printed its own error already; this passes it on. */
  RunFailedError: (error) => ({
    code: typeof error.exitCode === 'number' ? error.exitCode : EXIT.unexpected,
    text: error.message,
  }),
};

/** Those that have nothing to do with who is joined. */
const HERE: ReadonlySet<string> = new Set(['EngineError', 'FolderError']);

const FILE_ERRORS: Readonly<Record<string, string>> = {
  ENOENT: 'There is no such file or folder',
  EACCES: 'The permissions do not allow it',
  EPERM: 'The permissions do not allow it',
  EISDIR: 'A file is needed, this is a folder',
  ENOTDIR: 'A part of the path is no folder',
  EROFS: 'The file system is read-only',
};

/**
 * What to print for an error and what to exit with. Errors of the user's have no stack; others say how to report them, with the
 * stack when `debug` is set.
 */
export function showError(error: unknown, debug: boolean): Shown {
  if (error instanceof JobError) {
    return { code: EXIT.job, text: formatProblems(error, error.text) };
  }
  const shape = (error instanceof Error ? error : { name: 'Error', message: String(error) }) as ErrorShape;
  const row = Object.hasOwn(USER_ERRORS, shape.name) ? USER_ERRORS[shape.name] : undefined;
  const shown = row?.(shape) ?? fileError(shape) ?? unexpected(shape, debug);
  return row && debug ? { ...shown, text: `${shown.text}\n${stackOf(error)}` } : shown;
}

/** Of what a member found wrong on its own machine, where it is that: no room on its disk, no such engine. */
export function exitCodeHere(cause: Error | undefined): number | undefined {
  return cause && HERE.has(cause.name) ? showError(cause, false).code : undefined;
}

/** Prints an error to stderr; the caller exits with the code. */
export function printError(error: unknown): number {
  const { code, text } = showError(error, process.env['TRIBUTARY_DEBUG'] === '1');
  process.stderr.write(`${text}\n`);
  return code;
}

/** What a line of the job file is to blame for is shown at it. */
function inJobText({ inJob }: ErrorShape): string | undefined {
  return inJob instanceof JobError ? formatProblems(inJob, inJob.text) : undefined;
}

/** `data.csv:17, column "height": …` and what to do. */
function dataText({ message, file, line, row, column, hint }: ErrorShape): string {
  const place = [
    `${String(file)}${line === undefined ? '' : `:${String(line)}`}`,
    ...(row === undefined ? [] : [`row ${String(row)}`]),
    ...(column === undefined ? [] : [`column ${JSON.stringify(column)}`]),
  ].join(', ');
  return `error: ${place}: ${message}${hint === undefined ? '' : `\n  ${String(hint)}`}`;
}

function fileError(error: ErrorShape): Shown | undefined {
  if (error.code === 'ENOSPC' || error.code === 'EDQUOT') {
    return {
      code: EXIT.diskFull,
      text: `error: The disk is full${pathOf(error)}. Free some space and try again.`,
    };
  }
  const what = typeof error.code === 'string' ? FILE_ERRORS[error.code] : undefined;
  return what === undefined
    ? undefined
    : { code: EXIT.file, text: inJobText(error) ?? `error: ${what}${pathOf(error)}.` };
}

function pathOf({ path }: ErrorShape): string {
  return typeof path === 'string' ? `: ${path}` : '';
}

function unexpected(error: ErrorShape, debug: boolean): Shown {
  const more = debug ? stackOf(error) : 'TRIBUTARY_DEBUG=1 shows where it happened.';
  const text = `error: ${error.name}: ${error.message}\n  This is a fault of the program, not yours. Please report it with the command and the job file.\n  ${more}`;
  return { code: EXIT.unexpected, text };
}

function stackOf(error: unknown): string {
  const lines: string[] = [];
  for (let at: unknown = error; at instanceof Error; at = at.cause) lines.push(at.stack ?? String(at));
  return lines.join('\ncaused by: ');
}
