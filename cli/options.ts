import { readFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { InvalidArgumentError } from 'commander';

/** Where runs are kept, unless --runs says otherwise. */
export const RUNS = 'runs';

/** Worker processes of a run on this machine, unless --workers says otherwise. */
export const WORKERS = 2;

/** Where a coordinator listens for gRPC, unless --listen says otherwise. */
export const LISTEN = '127.0.0.1:7300';

/** Where a worker keeps rows that it has fetched. */
export function cacheFolder(): string {
  return join(process.env['XDG_CACHE_HOME'] ?? join(homedir(), '.cache'), 'tributary', 'blocks');
}

/** Where a participant keeps what it agreed to and what it did (XDG Base Directory Specification). */
export function stateFolder(): string {
  return join(process.env['XDG_DATA_HOME'] || join(homedir(), '.local', 'share'), 'tributary', 'participant');
}

const UNITS: Readonly<Record<string, number>> = { b: 1, kb: 1e3, mb: 1e6, gb: 1e9, tb: 1e12 };

/** Parses a size as `200MB`, in decimal units, to bytes. */
export function byteSize(text: string): number {
  const [, number, unit] = /^(\d+(?:\.\d+)?)\s*([kmgt]?b)$/i.exec(text.trim()) ?? [];
  const bytes = Number(number) * (UNITS[unit?.toLowerCase() ?? ''] ?? Number.NaN);
  if (!(bytes > 0) || !Number.isSafeInteger(Math.round(bytes))) {
    throw new InvalidArgumentError(`'${text}' is no size, such as 500kB, 200MB or 1.5GB.`);
  }
  return Math.round(bytes);
}

/** Parses a whole number of at least `minimum`, and at most `maximum` where there is one. */
export function wholeNumber(
  minimum: number,
  maximum: number = Number.POSITIVE_INFINITY,
): (text: string) => number {
  return (text) => {
    const value = Number(text);
    if (!Number.isInteger(value) || value < minimum || value > maximum) {
      const most = maximum === Number.POSITIVE_INFINITY ? '' : ` and at most ${maximum}`;
      throw new InvalidArgumentError(`'${text}' is not a whole number of at least ${minimum}${most}.`);
    }
    return value;
  };
}

/** Parses HOST:PORT; an IPv6 host stands in brackets. */
export function hostAndPort(text: string): string {
  const match = /^(\[[0-9a-fA-F:.]+\]|[^:\s]+):(\d{1,5})$/.exec(text);
  if (!match || Number(match[2]) > 65_535) {
    throw new InvalidArgumentError(`'${text}' is not HOST:PORT, such as 127.0.0.1:7300.`);
  }
  return text;
}

/** Parses a run's id, which names a folder. */
export function runId(text: string): string {
  if (!/^[A-Za-z0-9][\w.-]{0,127}$/.test(text)) {
    throw new InvalidArgumentError(`'${text}' is no id of a run: letters, digits, dots and dashes.`);
  }
  return text;
}

/** A secret of the environment or of a file: never of the command line, which other users can read. */
export function tokenFrom(file: string | undefined): string | undefined {
  if (file !== undefined) return readFileSync(file, 'utf8').trim();
  return process.env['TRIBUTARY_TOKEN']?.trim() || undefined;
}
