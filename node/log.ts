import { type DestinationStream, type Logger, pino } from 'pino';
import pretty from 'pino-pretty';

export interface LogOptions {
  /** `pretty` for people, `json` for machines, `auto`: by whether stderr is a terminal. */
  readonly format?: 'pretty' | 'json' | 'auto';
  readonly level?: 'trace' | 'debug' | 'info' | 'warn' | 'error' | 'silent';
  /** Facts in every line, as `{ member: 'm1' }`. */
  readonly facts?: Readonly<Record<string, unknown>>;
  /** Where to; stderr by default, because stdout is for results. */
  readonly destination?: DestinationStream;
  /** Beside plain text, and read with it: `auto` is `pretty` also where stderr is no terminal, and lines are their message only. */
  readonly plain?: boolean;
}

/** Fields that never get into a log, wherever they turn up. */
const SECRETS = ['token', '*.token', 'authorization', '*.authorization', 'key', '*.key'];

/**
 * A log to stderr: `log.info({ round: 3 }, 'closed')`. Written synchronously, so that the last line before an end is not lost.
 */
export function createLog(options: LogOptions = {}): Logger {
  const { format = 'auto', level = 'info', facts, destination, plain = false } = options;
  const isPretty = format === 'pretty' || (format === 'auto' && (plain || process.stderr.isTTY === true));
  const base = { level, base: facts ?? null, redact: { paths: SECRETS, censor: '[secret]' } };
  if (!isPretty) {
    const json = { ...base, timestamp: pino.stdTimeFunctions.isoTime, formatters: { level: nameLevel } };
    return pino(json, destination ?? pino.destination({ dest: 2, sync: true }));
  }
  const stream = pretty({
    destination: destination ? writable(destination) : 2,
    sync: true,
    colorize: destination === undefined && process.stderr.isTTY === true && !process.env['NO_COLOR'],
    translateTime: 'SYS:HH:MM:ss.l',
    ignore: 'pid,hostname,name',
    hideObject: plain,
    // Without objects it would leave the line open.
    singleLine: !plain,
  });
  return pino(base, stream);
}

/** `"level":"info"` instead of pino's numbers. */
function nameLevel(level: string): { level: string } {
  return { level };
}

function writable(stream: DestinationStream): NodeJS.WritableStream {
  return stream as unknown as NodeJS.WritableStream;
}
