import { describe, expect, it } from 'vitest';
import { expectedWeights, ROUNDS, simulateCluster } from '../../../simulation/cluster-simulation.ts';

const SEEDS = Number(process.env['TRIBUTARY_SEEDS'] ?? 300);
const FIRST = process.env['TRIBUTARY_SEED'];

describe('coordinator, sessions and wire on a virtual clock', () => {
  it(`ends with exactly the right weights in ${SEEDS} seeded runs of broken connections, dead members and dead coordinators`, async () => {
    const expected = expectedWeights();
    const seeds = FIRST === undefined ? Array.from({ length: SEEDS }, (_, seed) => seed) : [Number(FIRST)];
    let faults = 0;
    let incarnations = 0;
    for (const seed of seeds) {
      const replay = `replay with TRIBUTARY_SEED=${seed} npx vitest run test/unit/simulation/cluster-simulation.test.ts`;
      const result = await simulateCluster(seed).catch((error: Error) => {
        throw new Error(`${error.message}; ${replay}`, { cause: error });
      });
      expect(result.weights, replay).toEqual(expected);
      const committed = result.disk.books.filter((entry) => entry.status === 'committed');
      const examples = committed.reduce((sum, entry) => sum + entry.examples, 0);
      expect(examples, replay).toBe(ROUNDS * 8);
      faults += result.faults;
      incarnations += result.incarnations;
    }
    if (FIRST === undefined) {
      expect(faults / seeds.length).toBeGreaterThan(5);
      expect(incarnations / seeds.length).toBeGreaterThan(1.5);
    }
  }, 300_000);
});
