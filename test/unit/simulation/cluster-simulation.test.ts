import { describe, expect, it } from 'vitest';
import type { OptimizerJob } from '../../../shared/job/job.ts';
import { optimizerSchema } from '../../../shared/job/optimizer-schema.ts';
import { expectedVectors, simulateCluster } from '../../../simulation/cluster-simulation.ts';
import { runSessionSeeds } from '../../support/session-seeds.ts';

/** npm run chaos goes on from here with more of them. */
const SEEDS = 300;
const FIRST = process.env['TRIBUTARY_SEED'];

describe('coordinator, sessions and wire on a virtual clock', () => {
  it(`ends with exactly the right weights in ${SEEDS} seeded runs of broken connections, dead members and dead coordinators`, async () => {
    const seeds = FIRST === undefined ? Array.from({ length: SEEDS }, (_, seed) => seed) : [Number(FIRST)];
    const { faults, incarnations } = await runSessionSeeds(seeds);
    if (FIRST === undefined) {
      expect(faults).toBeGreaterThan(5);
      expect(incarnations).toBeGreaterThan(1.5);
    }
  });

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
  );
});
