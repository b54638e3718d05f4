const BARS = '▁▂▃▄▅▆▇█';
const PARTS = ' ▏▎▍▌▋▊▉█';

/** The last values as a line of bars, from their least to their greatest. Gaps where a value is not finite. */
export function sparkline(values: readonly number[], width: number): string {
  const last = resample(values, width);
  const finite = last.filter(Number.isFinite);
  const low = Math.min(...finite);
  const span = Math.max(...finite) - low;
  return last
    .map((value) => {
      if (!Number.isFinite(value)) return ' ';
      const level = span > 0 ? (value - low) / span : 0;
      return BARS[Math.min(BARS.length - 1, Math.floor(level * BARS.length))];
    })
    .join('');
}

/** Means over equal stretches, when there are more values than places. */
function resample(values: readonly number[], width: number): number[] {
  if (values.length <= width) return [...values];
  return Array.from({ length: width }, (_, at) => {
    const part = values.slice(
      Math.floor((at * values.length) / width),
      Math.floor(((at + 1) * values.length) / width),
    );
    return part.reduce((sum, value) => sum + value, 0) / part.length;
  });
}

/** A bar of `width` columns, filled to a share in eighths of a column. */
export function bar(share: number, width: number): string {
  const eighths = Math.round(Math.max(0, Math.min(1, share || 0)) * width * 8);
  const full = Math.floor(eighths / 8);
  const rest = eighths % 8;
  const filled = '█'.repeat(full) + (rest > 0 ? PARTS[rest] : '');
  return filled + '░'.repeat(width - full - (rest > 0 ? 1 : 0));
}
