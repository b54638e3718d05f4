import { constants } from 'node:os';

/**
 * What a process of the command line ends with. Numbers are never reused or changed: scripts depend on them. Codes 2 to 63
 * are those that starting the same command again does not help against. docs/exit-codes.md describes them; a test compares.
 */
export const EXIT = {
  ok: 0,
  /** A fault of this program. */
  unexpected: 1,
  /** Arguments that the command does not understand. */
  usage: 2,
  /** The job file. */
  job: 3,
  /** The data. */
  data: 4,
  /** The model does not fit the data, or is no valid model. */
  model: 5,
  /** The engine is not there, or failed. */
  engine: 6,
  /** The run's store: files or database. */
  store: 7,
  /** The disk is full. */
  diskFull: 8,
  /** There is no such run. */
  noRun: 9,
  /** Another coordinator works on the run. */
  locked: 10,
  /** The job was changed since the run began. */
  jobChanged: 11,
  /** The address cannot be listened on. */
  address: 12,
  /** The coordinator cannot be reached, or the connection was lost for good. */
  connection: 13,
  /** The coordinator does not take this member: token, certificate, version. Or its port is of the other transport. */
  refused: 14,
  /** The loss became NaN or infinite; the last good weights were kept. */
  diverged: 15,
  /** Stopped before its end; `tributary resume` goes on. */
  stopped: 16,
  /** The exported model does not equal the trained one. */
  export: 17,
  /** A file that was named cannot be read or written. */
  file: 18,
  /** Every member failed at the same work. */
  work: 19,
  /** An inspection refused the model: a limit, an operator that is not allowed. */
  inspection: 20,
  /** A participant was not agreed for: a person said no, or nobody was there and --yes was not given. */
  declined: 21,
  /** A participant refused what the coordinator asked: it is not what was agreed to, or not what a participant does. */
  offer: 22,
} as const;

export type ExitCode = (typeof EXIT)[keyof typeof EXIT];

/** What a shell calls the end by a signal: 130 for Ctrl-C. Of a command that caught it, but had not begun yet. */
export function exitCodeOfSignal(signal: NodeJS.Signals): number {
  return 128 + constants.signals[signal];
}

/** The exit code of a run that ended in good order. */
export function exitCodeOf(outcome: {
  readonly reason: 'completed' | 'early-stopping' | 'stopped' | 'diverged' | 'failed';
}): ExitCode {
  switch (outcome.reason) {
    case 'completed':
    case 'early-stopping':
      return EXIT.ok;
    case 'stopped':
      return EXIT.stopped;
    case 'diverged':
      return EXIT.diverged;
    case 'failed':
      return EXIT.work;
  }
}
