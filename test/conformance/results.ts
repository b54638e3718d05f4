import { writeFileSync } from 'node:fs';
import type { Result } from './report.ts';

/** What docs/operators.md says of each operator's tests: how many agree, of how many, on which providers. */
export interface OperatorResult {
  readonly tests: number;
  readonly agree: number;
  readonly zero: number;
  readonly wasm: number;
}

export function writeResults(file: string, results: readonly Result[]): void {
  const rows: Record<string, OperatorResult> = {};
  for (const { test, outcome } of results) {
    const row = rows[test.operator] ?? { tests: 0, agree: 0, zero: 0, wasm: 0 };
    rows[test.operator] = {
      tests: row.tests + 1,
      agree: row.agree + (outcome.kind === 'agrees' ? 1 : 0),
      zero: row.zero + (outcome.kind === 'zero gradient' || outcome.kind === 'no gradient' ? 1 : 0),
      wasm: row.wasm + (outcome.wasm === 'agrees' ? 1 : 0),
    };
  }
  const sorted = Object.fromEntries(Object.entries(rows).sort(([a], [b]) => (a < b ? -1 : 1)));
  writeFileSync(file, `${JSON.stringify(sorted, null, 2)}\n`);
}
