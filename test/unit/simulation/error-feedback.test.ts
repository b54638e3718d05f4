import { describe, expect, it } from 'vitest';
import { numberOf } from '../../../coordinator/rounds/assignment-number.ts';
import { initialWeights, ROUNDS, simulateCluster } from '../../../simulation/cluster-simulation.ts';
import type { Rounded } from '../../../simulation/rounded-updates.ts';

const WIRE = { down: 'f32', up: { kind: 'int8', errorFeedback: true } } as const;
const SEEDS = 100;
const FIRST = process.env['TRIBUTARY_SEED'];

function sum(vectors: readonly Float32Array[]): number[] {
  return [...initialWeights()].map((_, i) => vectors.reduce((total, vector) => total + vector[i]!, 0));
}

describe('what an encoding loses of dealt work', () => {
  it(`stays with the member, for exactly what counted, in ${SEEDS} seeded runs of broken connections, dead members and dead coordinators`, async () => {
    const seeds = FIRST === undefined ? Array.from({ length: SEEDS }, (_, seed) => seed) : [Number(FIRST)];
    let incarnations = 0;
    let uncounted = 0;
    for (const seed of seeds) {
      const replay = `replay with TRIBUTARY_SEED=${seed} npx vitest run test/unit/simulation/error-feedback.test.ts`;
      // Commits are rarer than steps: a coordinator that dies takes several back.
      const checkpoint = { rounds: 5, seconds: 60, keep: 3, best: undefined };
      const result = await simulateCluster(seed, { wire: WIRE, checkpoint }, { rounded: true });
      const committed = result.disk.books.filter(({ status }) => status === 'committed');
      expect(
        committed.reduce((rows, { examples }) => rows + examples, 0),
        replay,
      ).toBe(ROUNDS * 8);
      const byMember = new Map<string, Rounded[]>();
      for (const { member, assignment } of committed) {
        byMember.set(member, [...(byMember.get(member) ?? []), result.made.get(assignment)!]);
      }
      const residuals: Float32Array[] = [];
      for (const [member, updates] of byMember) {
        updates.sort((a, b) => order(a) - order(b));
        // Each went on from the one of the same member that counted before it, and from no other.
        const from = updates.map((update) => update.from);
        expect(from, `${member}: ${replay}`).toEqual(['', ...updates.slice(0, -1).map(({ id }) => id)]);
        residuals.push(updates.at(-1)!.residual);
      }
      const counted = committed.map(({ assignment }) => result.made.get(assignment)!);
      const sent = sum(counted.map((update) => update.sent));
      // What was sent is in the weights, and what was computed for it is that and the residuals.
      const moved = [...initialWeights()].map((weight, i) => (weight - result.weights[i]!) * 8);
      expect(moved, replay).toEqual(sent);
      expect(sum([...residuals, ...counted.map((update) => update.sent)]), replay).toEqual(
        sum(counted.map(({ computed }) => computed)),
      );
      incarnations += result.incarnations;
      uncounted += result.made.size - counted.length;
    }
    if (FIRST !== undefined) return;
    // Else nothing was taken back, and nothing came in vain.
    expect(incarnations).toBeGreaterThan(1.5 * SEEDS);
    expect(uncounted).toBeGreaterThan(SEEDS);
  }, 600_000);
});

function order({ id }: Rounded): number {
  const { incarnation, number } = numberOf(id);
  return incarnation * 1e9 + number;
}
