import { describe, expect, it } from 'vitest';
import { runSessionSeeds } from '../support/session-seeds.ts';

/** Of the seeds after those of the unit test: few where every change runs them. TRIBUTARY_SEEDS sets another number. */
const SEEDS = Number(process.env['TRIBUTARY_SEEDS'] ?? (process.env['CI'] ? 300 : 10_000));
const FIRST = 300;

describe('sessions under faults, on a virtual clock', () => {
  it(
    `end with exactly the right weights in ${SEEDS} seeded runs`,
    async () => {
      const met = await runSessionSeeds(Array.from({ length: SEEDS }, (_, index) => FIRST + index));
      console.log(
        `sessions: ${met.runs} seeded runs (seeds ${FIRST} to ${FIRST + SEEDS - 1}), all with exactly the right weights; ` +
          `${met.faults.toFixed(1)} faults and ${met.incarnations.toFixed(1)} lives of the coordinator a run`,
      );
      expect(met.runs).toBe(SEEDS);
      expect(met.faults).toBeGreaterThan(5);
      expect(met.incarnations).toBeGreaterThan(1.5);
    },
    2 * 3_600_000,
  );
});
