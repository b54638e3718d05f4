/** A stretch of a padded axis that reads the input in order (1), in reverse (-1) or one element of it again (0). */
export interface Run {
  /** First position in the padded axis. */
  readonly at: number;
  readonly length: number;
  /** First position in the input that is read. */
  readonly from: number;
  readonly direction: 1 | -1 | 0;
}

/** Where each position of a padded axis reads from. */
export function paddedPositions(mode: string, size: number, begin: number, end: number): number[] {
  return Array.from({ length: begin + size + end }, (_, k) => {
    const place = k - begin;
    if (mode === 'edge') return Math.min(Math.max(place, 0), size - 1);
    if (mode === 'wrap') return ((place % size) + size) % size;
    const period = Math.max(1, 2 * (size - 1));
    const folded = ((place % period) + period) % period;
    return folded < size ? folded : period - folded;
  });
}

/** The positions cut into the longest runs. */
export function runsOf(positions: readonly number[]): Run[] {
  const runs: Run[] = [];
  let at = 0;
  while (at < positions.length) {
    const from = positions[at]!;
    const step = at + 1 < positions.length ? positions[at + 1]! - from : 1;
    const direction = step === 1 || step === -1 || step === 0 ? step : 1;
    let length = 1;
    while (at + length < positions.length && positions[at + length] === from + direction * length)
      length += 1;
    runs.push({ at, length, from, direction });
    at += length;
  }
  return runs;
}
