import { metricText } from '../../shared/nn/metrics/metric-text.ts';

/** Numbers for people, alike on every machine. */
export function count(value: number): string {
  return Math.round(value)
    .toString()
    .replace(/\B(?=(\d{3})+$)/g, ',');
}

/** Three significant digits, without an exponent where that can be read. */
export function number(value: number): string {
  if (!Number.isFinite(value)) return '–';
  if (value < 0) return `−${number(-value)}`;
  if (Number.isInteger(value)) return count(value);
  if (value < 0.001 || value >= 1e6) return value.toExponential(1);
  if (value >= 1000) return count(value);
  return String(Number(value.toPrecision(3)));
}

const THOUSANDS = ['k', 'M', 'G', 'T'];

/** A number beside an axis, where there is room for few digits: 285 k, 80 G. */
export function tick(value: number): string {
  if (value < 0) return `−${tick(-value)}`;
  if (!(value >= 100_000)) return number(value);
  if (value >= 1e15) return value.toExponential(1);
  const power = Math.floor(Math.log10(value) / 3 + 1e-9);
  return `${Number((value / 1000 ** power).toPrecision(6))} ${THOUSANDS[power - 1]}`;
}

export function percent(share: number): string {
  return Number.isFinite(share) ? `${Number((100 * share).toPrecision(3))} %` : '–';
}

/** A metric as the terminal shows it; a dash where there is none. */
export function metric(name: string, value: number): string {
  if (!Number.isFinite(value)) return '–';
  return /^((minimum-)?participants|best-cluster)$/.test(name) ? count(value) : metricText(name, value);
}

const BYTES = ['B', 'kB', 'MB', 'GB', 'TB', 'PB'];

export function bytes(value: number): string {
  let [size, unit] = [value, 0];
  while (size >= 1000 && unit < BYTES.length - 1) [size, unit] = [size / 1000, unit + 1];
  return `${unit === 0 ? count(size) : Number(size.toPrecision(3))} ${BYTES[unit]}`;
}

/** The two largest units of a duration. */
export function duration(ms: number): string {
  if (ms < 1000) return `${Math.round(ms)} ms`;
  const seconds = ms / 1000;
  if (seconds < 60) return `${Number(seconds.toPrecision(3))} s`;
  const whole = Math.round(seconds);
  if (whole < 3600) return `${Math.floor(whole / 60)} min${whole % 60 ? ` ${whole % 60} s` : ''}`;
  const minutes = Math.round(seconds / 60);
  if (minutes < 1440) return `${Math.floor(minutes / 60)} h${minutes % 60 ? ` ${minutes % 60} min` : ''}`;
  const hours = Math.round(seconds / 3600);
  return `${Math.floor(hours / 24)} d${hours % 24 ? ` ${hours % 24} h` : ''}`;
}

const TIMES = [
  { name: 'days', ms: 86_400_000 },
  { name: 'hours', ms: 3_600_000 },
  { name: 'minutes', ms: 60_000 },
] as const;

/** What an axis that ends at `ms` counts in: the largest unit of which it has two. */
export function timeUnit(ms: number): { readonly name: string; readonly ms: number } {
  return TIMES.find((unit) => ms >= 2 * unit.ms) ?? { name: 'seconds', ms: 1000 };
}

/** At most so many characters. */
export function short(text: string, most: number): string {
  const characters = [...text];
  return characters.length > most ? `${characters.slice(0, most - 1).join('')}…` : text;
}
