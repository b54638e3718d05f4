import { expect } from 'vitest';
import { type RunReader, readRun } from '../../coordinator/store/read-run.ts';

/** Whether every position of every round was counted once in what was committed: none twice, none lost. */
export function checkBooks(
  directory: string,
  expected: { readonly rounds: number; readonly examplesOf: (round: number) => number },
): RunReader['run'] {
  const reader = readRun(directory);
  try {
    const books = reader.books();
    const committed = books.filter((entry) => entry.status === 'committed');
    const keys = committed.map((entry) => `${entry.incarnation}/${entry.assignment}`);
    expect(new Set(keys).size, 'an update was committed twice').toBe(keys.length);
    const byRound = new Map<number, { examples: number; incarnations: Set<number> }>();
    for (const { round, examples, incarnation } of committed) {
      const entry = byRound.get(round) ?? { examples: 0, incarnations: new Set<number>() };
      entry.examples += examples;
      entry.incarnations.add(incarnation);
      byRound.set(round, entry);
    }
    for (let round = 0; round < expected.rounds; round++) {
      const entry = byRound.get(round);
      expect(entry?.examples, `examples committed in round ${round}`).toBe(expected.examplesOf(round));
      expect(entry?.incarnations.size, `incarnations that committed round ${round}`).toBe(1);
    }
    expect(byRound.size, 'rounds in the books').toBe(expected.rounds);
    expect(
      books.filter((entry) => entry.status === 'added'),
      'updates left undecided',
    ).toEqual([]);
    return reader.run;
  } finally {
    reader.close();
  }
}

/**
 * Whether every committed update of a federated run was counted once, each participant at most once in a round, with all of its rows, and
 * no round is missing.
 *
 * @param expected.rows how many rows each participant has
 */
export function checkFederatedBooks(
  directory: string,
  expected: { readonly rounds: number; readonly rows: readonly number[] },
): Pick<RunReader, 'run'> & { readonly evaluations: ReturnType<RunReader['evaluations']> } {
  const reader = readRun(directory);
  try {
    const books = reader.books();
    const committed = books.filter((entry) => entry.status === 'committed');
    const keys = committed.map((entry) => `${entry.incarnation}/${entry.assignment}`);
    expect(new Set(keys).size, 'an update was committed twice').toBe(keys.length);
    const byRound = new Map<number, typeof committed>();
    for (const entry of committed) byRound.set(entry.round, [...(byRound.get(entry.round) ?? []), entry]);
    expect([...byRound.keys()].sort((a, b) => a - b)).toEqual(
      Array.from({ length: expected.rounds }, (_, round) => round),
    );
    for (const [round, entries] of byRound) {
      const members = entries.map(({ member }) => member);
      expect(new Set(members).size, `participants counted twice in round ${round}`).toBe(members.length);
      expect(new Set(entries.map(({ incarnation }) => incarnation)).size, `round ${round}`).toBe(1);
      for (const { examples } of entries) expect(expected.rows).toContain(examples);
    }
    expect(books.filter((entry) => entry.status === 'added')).toEqual([]);
    return { run: reader.run, evaluations: reader.evaluations() };
  } finally {
    reader.close();
  }
}
