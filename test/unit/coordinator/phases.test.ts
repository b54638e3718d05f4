import fc from 'fast-check';
import { expect, test } from 'vitest';
import { PHASES, PhaseClock, type RoundPhases } from '../../../coordinator/phases.ts';

/** A clock that a test moves. */
function measured() {
  let now = 100;
  const phases = new PhaseClock(() => now);
  return {
    phases,
    passes(milliseconds: number): void {
      now += milliseconds;
    },
  };
}

const sum = (phases: RoundPhases) => PHASES.reduce((all, phase) => all + phases[phase], 0);

test('what happens one after the other is measured as it is', () => {
  const { phases, passes } = measured();
  passes(70);
  phases.update(60, 50);
  phases.time('aggregate', () => passes(5));
  phases.time('step', () => passes(3));
  passes(22);
  phases.committed(20);
  expect(phases.lap()).toEqual({ compute: 50, wire: 10, aggregate: 5, step: 3, commit: 20, wait: 12 });
});

test('phases of a round do not sum to more than its time where members compute while others send and a version is written', () => {
  const { phases, passes } = measured();
  passes(100);
  phases.update(90, 90);
  phases.update(90, 30);
  phases.committed(80);
  const round = phases.lap();
  expect(round).toMatchObject({ compute: 60, wire: 40, commit: 0, wait: 0 });
  expect(sum(round)).toBe(100);
});

test('whatever is reported, the phases of each round add up to its time, and the totals to all of it', () => {
  const amount = fc.double({ min: 0, max: 1e6, noNaN: true });
  const round = fc.record({
    passes: amount,
    aggregate: amount,
    step: amount,
    commit: amount,
    updates: fc.array(fc.record({ elapsed: amount, compute: amount }), { maxLength: 4 }),
  });
  fc.assert(
    fc.property(fc.array(round, { minLength: 1, maxLength: 5 }), (rounds) => {
      const { phases, passes } = measured();
      let all = 0;
      for (const { passes: idle, aggregate, step, commit, updates } of rounds) {
        passes(idle);
        for (const { elapsed, compute } of updates) phases.update(elapsed, compute);
        phases.time('aggregate', () => passes(aggregate));
        phases.time('step', () => passes(step));
        phases.committed(commit);
        const lap = phases.lap();
        for (const phase of PHASES) expect(lap[phase]).toBeGreaterThanOrEqual(0);
        expect(sum(lap)).toBeCloseTo(idle + aggregate + step, 3);
        all += idle + aggregate + step;
      }
      expect(sum(phases.totals()) * 1000).toBeCloseTo(all, 3);
    }),
  );
});
