import { describe, expect, it } from 'vitest';
import { sumOf } from '../../../coordinator/store/lives.ts';
import type { OptimizerJob } from '../../../shared/job/job.ts';
import { optimizerSchema } from '../../../shared/job/optimizer-schema.ts';
import {
  expectedVectors,
  expectedWeights,
  ROUNDS,
  simulateCluster,
} from '../../../simulation/cluster-simulation.ts';

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
      const took = sumOf([...result.disk.lives.values()]);
      expect(took.sent, replay).toBeGreaterThan(0);
      expect(took.seconds, replay).toBeGreaterThan(0);
      faults += result.faults;
      incarnations += result.incarnations;
    }
    if (FIRST === undefined) {
      expect(faults / seeds.length).toBeGreaterThan(5);
      expect(incarnations / seeds.length).toBeGreaterThan(1.5);
    }
  }, 300_000);

  it.each(['adafactor', 'muon', 'lamb', 'adadelta'] as const)(
    'goes on bit for bit with the state of %s, and with averaged weights, after crashes',
    async (word) => {
      const optimizer: OptimizerJob = optimizerSchema.parse({ [word]: { 'learning-rate': 0.1 } });
      const changes = { optimizer, ema: 0.9 };
      const expected = expectedVectors(changes);
      let incarnations = 0;
      for (let seed = 0; seed < 8; seed++) {
        const result = await simulateCluster(seed, changes);
        for (const [name, values] of expected)
          expect(result.vectors.get(name), `${name}, seed ${seed}`).toEqual(values);
        incarnations += result.incarnations;
      }
      // Else nothing was resumed.
      expect(incarnations).toBeGreaterThan(8);
    },
    60_000,
  );
});
