import { isMet, type Row, ratioOf } from '../row.ts';
import type { Spread } from '../spread.ts';

export const HEAD = ['measured', 'unit', 'ours', 'beside', 'theirs', 'ratio', 'target'] as const;

/** A row as text, in the order of `HEAD`. */
export function cells(row: Row): readonly string[] {
  const { peer } = row;
  const ratio = ratioOf(row);
  return [
    row.name,
    row.unit,
    figure(row.ours),
    peer ? [peer.name, peer.version].filter(Boolean).join(' ') : '–',
    peer?.spread ? figure(peer.spread) : (peer?.why ?? '–'),
    ratio === undefined ? '–' : digits(ratio),
    target(row),
  ];
}

/** The median, and between which values all samples lie. */
export function figure({ median, minimum, maximum, samples }: Spread): string {
  return samples === 1 ? digits(median) : `${digits(median)} (${digits(minimum)}–${digits(maximum)})`;
}

/** Three significant digits, never in powers of ten. */
export function digits(value: number): string {
  const size = Math.abs(value);
  if (size === 0) return '0';
  const decimals = Math.max(0, Math.min(6, 2 - Math.floor(Math.log10(size))));
  return value.toFixed(decimals);
}

function target(row: Row): string {
  if (!row.target) return '–';
  const met = isMet(row);
  const bound = 'most' in row.target ? `≤ ${digits(row.target.most)}` : `≥ ${digits(row.target.least)}`;
  const wanted = `${row.target.of === 'ratio' ? 'ratio ' : ''}${bound}`;
  return met === undefined ? `${wanted}, not measured` : `${wanted}, ${met ? 'met' : 'missed'}`;
}
