import { describe, expect, it } from 'vitest';
import { createRandom } from '../../../shared/parameters/random.ts';
import { simulateRounds } from '../../../simulation/round-simulation.ts';
import { drawScenario } from '../../../simulation/scenario.ts';

/** A failing seed's message says it: run that one alone, with every check. */
const given = process.env['TRIBUTARY_SEED'];
const SEEDS = given === undefined ? Array.from({ length: 10_000 }, (_, seed) => seed) : [Number(given)];

describe('the round core under faults', () => {
  it(`holds its promises in ${SEEDS.length} seeded interleavings`, { timeout: 300_000 }, () => {
    const seen = new Map<string, number>();
    let incarnations = 0;
    for (const seed of SEEDS) {
      const result = simulateRounds(seed, { strict: given !== undefined || seed % 40 === 0 });
      incarnations += result.incarnations - 1;
      for (const [what, count] of [...Object.entries(result.faults), ...Object.entries(result.effects)]) {
        seen.set(what, (seen.get(what) ?? 0) + count);
      }
    }
    if (given !== undefined) return;
    // Every kind of fault and of answer to it was really met, many times.
    const faults = [
      'coordinatorCrash',
      'crash',
      'duplicate',
      'failure',
      'freeze',
      'hang',
      'leave',
      'lie',
      'stop',
      'vanish',
    ];
    const reasons = ['duplicate', 'late', 'refused', 'rolled-back', 'stale'];
    const answers = ['cancel', 'part', 'timer', 'waiting', ...reasons.map((reason) => `discard ${reason}`)];
    for (const what of [...faults, ...answers]) {
      expect([what, seen.get(what) ?? 0]).toEqual([what, expect.toSatisfy((count) => count > 50)]);
    }
    expect(incarnations).toBeGreaterThan(1_000);
  });

  it('gives the same run for the same seed', () => {
    expect(simulateRounds(17)).toEqual(simulateRounds(17));
  });

  it('says how to run a failing seed again', () => {
    const scenario = drawScenario(createRandom(3), 3);
    const rates = { ...scenario.rates, failure: 1, budget: 1_000 };
    const run = () => simulateRounds(3, { scenario: { ...scenario, rates } });
    expect(run).toThrow(/seed 3, .*the run ended failed\nOnce more: TRIBUTARY_SEED=3 npx vitest/);
  });
});
