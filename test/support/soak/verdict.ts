import type { Sample } from './samples.ts';

/** By how much the last third of the time may be above the second; the first is for warming up. */
export interface Bounds {
  /** A share of the memory, and bytes on top of it: V8 and allocators keep what they may need again. */
  readonly memory: { readonly share: number; readonly bytes: number };
  /** Of members that come and go a connection each. */
  readonly descriptors: number;
}

export const BOUNDS: Bounds = { memory: { share: 0.1, bytes: 24 * 2 ** 20 }, descriptors: 8 };

/** Of one process. */
export interface Row {
  readonly process: string;
  /** Medians of each third, in bytes. */
  readonly resident: readonly number[];
  readonly descriptors: readonly number[];
  /** The 99th percentile and the largest of all, in milliseconds. */
  readonly lateMs: readonly [number, number];
}

/** What the samples come to, by process, and what is too much. */
export function verdict(
  samples: readonly Sample[],
  bounds: Bounds = BOUNDS,
): { readonly rows: readonly Row[]; readonly faults: readonly string[] } {
  const end = samples.at(-1)?.at ?? 0;
  const names = [...new Set(samples.map(({ process }) => process))];
  const rows = names.map((process): Row => {
    const own = samples.filter((sample) => sample.process === process);
    const thirds = [0, 1, 2].map((third) =>
      own.filter(({ at }) => Math.min(2, Math.floor((3 * at) / Math.max(end, 1))) === third),
    );
    const late = own.map(({ lateMs }) => lateMs);
    return {
      process,
      resident: thirds.map((third) => median(third.map(({ resident }) => resident))),
      descriptors: thirds.map((third) => median(third.map(({ descriptors }) => descriptors))),
      lateMs: [quantile(late, 0.99), quantile(late, 1)],
    };
  });
  return { rows, faults: rows.flatMap((row) => faultsOf(row, bounds)) };
}

function faultsOf({ process, resident, descriptors }: Row, { memory, descriptors: more }: Bounds): string[] {
  const [, before = Number.NaN, after = Number.NaN] = resident;
  const [, openBefore = Number.NaN, openAfter = Number.NaN] = descriptors;
  const most = before * (1 + memory.share) + memory.bytes;
  const faults: string[] = [];
  // Not "greater than": of too few samples nothing is known, and that is no pass.
  if (!(after <= most))
    faults.push(`${process}: memory grew from ${mib(before)} to ${mib(after)}, at most ${mib(most)}`);
  if (!(openAfter <= openBefore + more)) {
    faults.push(`${process}: file descriptors grew from ${openBefore} to ${openAfter}`);
  }
  return faults;
}

export function mib(bytes: number): string {
  return `${(bytes / 2 ** 20).toFixed(0)} MiB`;
}

function median(values: readonly number[]): number {
  return quantile(values, 0.5);
}

function quantile(values: readonly number[], share: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))] ?? Number.NaN;
}
