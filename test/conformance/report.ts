import type { Case } from './cases.ts';
import { isGap } from './expected.ts';
import { KINDS, type Outcome } from './outcome.ts';

export interface Result {
  readonly test: Case;
  readonly outcome: Outcome;
}

/** The table by operator, what is not covered and why, and the totals. */
export function report(results: readonly Result[]): string {
  const operators = [...groupBy(results, ({ test }) => test.operator)].sort(([a], [b]) => (a < b ? -1 : 1));
  const width = Math.max(...operators.map(([operator]) => operator.length));
  const cell = (text: string | number, size: number) => String(text).padStart(size);
  const head = `${'operator'.padEnd(width)}${KINDS.map((kind) => cell(kind, 15)).join('')}`;
  const rows = operators.map(([operator, rows]) => {
    const counts = KINDS.map((kind) => rows.filter(({ outcome }) => outcome.kind === kind).length);
    return `${operator.padEnd(width)}${counts.map((count) => cell(count || '.', 15)).join('')}`;
  });
  const gaps = operators.flatMap(([operator, rows]) =>
    [
      ...groupBy(
        rows.filter(({ outcome }) => isGap(outcome)),
        reasonIn,
      ),
    ].map(([reason, same]) => `- ${operator} (${same.length}, ${same[0]?.test.name}): ${reason}`),
  );
  return [head, ...rows, '', 'Not covered, and why:', ...gaps, '', totals(results)].join('\n');
}

function reasonIn({ outcome }: Result): string {
  const kind = outcome.kind === 'forward only' ? 'forward only: ' : '';
  return `${kind}${outcome.reason ?? ''}`;
}

function totals(results: readonly Result[]): string {
  const count = (test: (outcome: Outcome) => unknown) =>
    results.filter(({ outcome }) => test(outcome)).length;
  const kinds = KINDS.map((kind) => `${count((o) => o.kind === kind)} ${kind}`).join(', ');
  return [
    `${results.length} tests: ${kinds}.`,
    `Gradients: ${count((o) => o.kind === 'agrees' && !o.single)} in float64, ${count((o) => o.kind === 'agrees' && o.single)} in float32; ` +
      `${count((o) => o.constants)} with integer inputs stored in the model.`,
    `On wasm: ${count((o) => o.wasm === 'agrees')} agree, ${count((o) => o.wasm === 'does not run')} do not run, ${count((o) => o.wasm === 'disagrees')} disagree.`,
  ].join('\n');
}

/** Map.groupBy, which Node 20 lacks. */
function groupBy<Item, Key>(items: readonly Item[], keyOf: (item: Item) => Key): Map<Key, Item[]> {
  const groups = new Map<Key, Item[]>();
  for (const item of items) {
    const key = keyOf(item);
    const group = groups.get(key);
    if (group) group.push(item);
    else groups.set(key, [item]);
  }
  return groups;
}
