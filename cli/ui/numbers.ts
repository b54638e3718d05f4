import { metricText } from '../../shared/nn/metrics/metric-text.ts';

/** 1,234,567 as `1.23 M`, with three digits. */
export function count(value: number): string {
  const [scaled, unit] = scale(value, 1000, ['', ' k', ' M', ' G', ' T']);
  return `${digits(scaled)}${unit}`;
}

/** `1 thread`, `2 threads`. */
export function counted(value: number, one: string): string {
  return `${value} ${one}${value === 1 ? '' : 's'}`;
}

/** Bytes in decimal units: `12.3 MB`. */
export function bytes(value: number): string {
  const [scaled, unit] = scale(value, 1000, [' B', ' kB', ' MB', ' GB', ' TB']);
  return `${digits(scaled)}${unit}`;
}

/** `0.42 s`, `12 s`, `3:07 min`, `2:05 h`. */
export function duration(seconds: number): string {
  if (!Number.isFinite(seconds) || seconds < 0) return '?';
  if (seconds < 10) return `${seconds.toFixed(seconds < 1 ? 2 : 1)} s`;
  const whole = Math.round(seconds);
  if (whole < 60) return `${whole} s`;
  const pair = (unit: number, part: number) =>
    `${Math.floor(whole / unit)}:${String(Math.floor((whole % unit) / part)).padStart(2, '0')}`;
  return whole < 3600 ? `${pair(60, 1)} min` : `${pair(3600, 60)} h`;
}

/** A metric in four digits; shares as per cent, numbers of something as such. */
export function metric(name: string, value: number): string {
  return /^((minimum-)?participants|best-cluster)$/.test(name) ? count(value) : metricText(name, value);
}

function scale(value: number, step: number, units: readonly string[]): [number, string] {
  let scaled = value;
  let index = 0;
  // 999.5 would round to 1000 of the smaller unit.
  while (Math.abs(scaled) >= step - 0.5 && index < units.length - 1) {
    scaled /= step;
    index++;
  }
  return [scaled, units[index]!];
}

function digits(value: number): string {
  if (Number.isInteger(value)) return String(value);
  const size = Math.abs(value);
  return size >= 100 ? value.toFixed(0) : size >= 10 ? value.toFixed(1) : value.toFixed(2);
}
