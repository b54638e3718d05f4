import type { Spread } from './spread.ts';

/** What something is compared with. */
export interface Peer {
  readonly name: string;
  /** Of its package, or what it is; null when it is not installed. */
  readonly version: string | null;
  /** Undefined when it is not there, or cannot do it: `why` says so. */
  readonly spread?: Spread | undefined;
  readonly why?: string;
}

export type Target = { readonly of: 'ours' | 'ratio' } & (
  | { readonly most: number }
  | { readonly least: number }
);

/** One line of the table. */
export interface Row {
  readonly name: string;
  readonly unit: string;
  readonly ours: Spread;
  readonly peer?: Peer;
  /** The most, or the least, that `ours` (or, with `of: 'ratio'`, ours/peer) may be. */
  readonly target?: Target | undefined;
  /** What bounds the figure: a sentence. */
  readonly bound: string;
}

/** A row of `results.json`. */
export interface Result {
  readonly name: string;
  readonly ours: number;
  readonly peer: number | null;
  readonly peerVersion: string | null;
  /** ours / peer. */
  readonly ratio: number | null;
  readonly unit: string;
}

export function ratioOf({ ours, peer }: Row): number | undefined {
  return peer?.spread && ours.median / peer.spread.median;
}

export function resultOf(row: Row): Result {
  const ratio = ratioOf(row);
  return {
    name: row.name,
    ours: significant(row.ours.median),
    peer: row.peer?.spread ? significant(row.peer.spread.median) : null,
    peerVersion: row.peer?.version ? `${row.peer.name} ${row.peer.version}` : null,
    ratio: ratio === undefined ? null : significant(ratio),
    unit: row.unit,
  };
}

/** Whether the row keeps to its target; undefined where it has none, or its peer is missing. */
export function isMet(row: Row): boolean | undefined {
  if (!row.target) return undefined;
  const value = row.target.of === 'ours' ? row.ours.median : ratioOf(row);
  if (value === undefined) return undefined;
  return 'most' in row.target ? value <= row.target.most : value >= row.target.least;
}

/** Four significant digits: more would claim a precision that no median here has. */
export function significant(value: number): number {
  return Number(value.toPrecision(4));
}
