import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { UpdateHeader } from '../../../coordinator/rounds/types.ts';
import { createAlternating } from '../../../coordinator/strategies/alternating.ts';
import { strategyFaults } from '../../../coordinator/strategies/contract/contract.ts';
import { createStrategy } from '../../../coordinator/strategies/create.ts';
import type { PlanContext, Strategy } from '../../../coordinator/strategies/strategy.ts';
import { Driver, of } from '../rounds/driver.ts';
import { context, finishing } from './context.ts';
import { DEALT, OWN } from './jobs.ts';

const CONTEXT = fc
  .record({
    examples: fc.integer({ min: 1, max: 500 }),
    batch: fc.integer({ min: 1, max: 100 }),
    members: fc.integer({ min: 1, max: 12 }),
    at: fc.double({ min: 0, max: 0.999, noNaN: true }),
    busy: fc.nat(),
    speeds: fc.boolean(),
  })
  .map(({ examples, batch, members, at, busy, speeds }) =>
    context({
      examples,
      globalBatch: batch,
      cursor: { epoch: 3, position: Math.floor(at * examples) },
      assignment: speeds ? 'by-speed' : 'equal',
      members: Array.from({ length: members }, (_, i) => ({
        busy: ((busy >> i) & 1) === 1,
        speed: i > 0 ? i : undefined,
      })),
    }),
  );

const STRATEGIES = [
  ...DEALT.map((job) => [job.kind, createStrategy(job)] as const),
  ['alternating', createAlternating({ criticSteps: 2, discriminatorRate: 0.5 })] as const,
];

describe.each(STRATEGIES)('the strategy %s', (_, strategy) => {
  it('plans the positions that come next, each once, a piece at most for each idle member', () => {
    fc.assert(fc.property(CONTEXT, (context) => checkPlan(strategy, context)));
  });

  it('is pure', () => {
    fc.assert(
      fc.property(CONTEXT, (context) => {
        const before = JSON.stringify(context);
        expect(strategy.plan(context)).toEqual(strategy.plan(context));
        expect(JSON.stringify(context)).toBe(before);
      }),
    );
  });

  it('weighs with finite numbers that are not negative, and says what it refuses', () => {
    const header = fc.record({
      examples: fc.integer({ min: 1, max: 1e6 }),
      sums: fc.record({
        loss: fc.double({ noNaN: true }),
        denominator: fc.double({ min: 0, max: 1e9, noNaN: true }),
      }),
      steps: fc.integer({ min: 1, max: 1000 }),
      computeMs: fc.nat(),
      sections: fc.constant(['parameters', ...strategy.serverVectors]),
    });
    fc.assert(
      fc.property(header, fc.nat(50), (header: UpdateHeader, staleness) => {
        const work = { kind: 'gradient', epoch: 0, start: 0, end: header.examples } as const;
        const verdict = strategy.accept(header, { work, staleness, learningRate: 0.1 });
        if ('refuse' in verdict) return expect(verdict.refuse).not.toBe('');
        for (const value of [verdict.weight, verdict.buffersWeight, verdict.divisor]) {
          expect(Number.isFinite(value) && value >= 0).toBe(true);
        }
      }),
    );
  });

  it('steps with what it has when nothing more comes', () => {
    const step = strategy.finish(finishing({ received: 1, divisor: 5, members: 1, exhausted: true }));
    expect(step?.divisor).toBeGreaterThan(0);
  });

  it('reaches the end of the run whichever pieces are lost, with every example once an epoch', () => {
    fc.assert(
      fc.property(
        fc.array(fc.nat(9), { maxLength: 60 }),
        fc.integer({ min: 1, max: 4 }),
        (fates, members) => {
          const ids = ['a', 'b', 'c', 'd'].slice(0, members);
          const driver = Driver.started(ids, { strategy, examples: 23, batch: 5 });
          endure(driver, fates);
          expect(driver.state.status).toBe('finished');
          const counted = [0, 1].map(() => new Array<number>(23).fill(0));
          const works = new Map(
            of(driver.all, 'assign').map(({ assignment }) => [assignment.id, assignment.work]),
          );
          for (const { assignment } of of(driver.all, 'add')) {
            const work = works.get(assignment);
            if (work?.kind !== 'gradient' && work?.kind !== 'local')
              throw new Error('not a piece of the data');
            for (let i = work.start; i < work.end; i++) counted[work.epoch]![i]!++;
          }
          expect(counted).toEqual([0, 1].map(() => new Array<number>(23).fill(1)));
        },
      ),
      { numRuns: 40 },
    );
  });
});

describe.each(STRATEGIES)('the strategy %s on rows that are dealt out', (_, strategy) => {
  it('keeps every promise of the contract', () => {
    expect(strategyFaults(strategy, { federated: false })).toEqual([]);
  });
});

describe.each(OWN.map((job) => [job.kind, createStrategy(job)] as const))(
  'the strategy %s on rows that members hold',
  (_, strategy) => {
    it('keeps every promise of the contract', () => {
      expect(strategyFaults(strategy, { federated: true })).toEqual([]);
    });
  },
);

/** Answers assignments in turn; a fate of 0 makes the member vanish with it and come back, 1 answers the newest first. */
function endure(driver: Driver, fates: readonly number[]): void {
  const open = [...of(driver.all, 'assign')].map(({ assignment }) => assignment);
  for (let turn = 0; open.length > 0; turn++) {
    const fate = fates[turn] ?? 9;
    const assignment = (fate === 1 ? open.pop() : open.shift())!;
    const seen = driver.all.length;
    driver.now += 10;
    if (fate === 0) {
      driver.leave(assignment.member);
      driver.join(assignment.member);
    } else {
      driver.update(assignment);
    }
    driver.settle();
    open.push(...of(driver.all.slice(seen), 'assign').map((effect) => effect.assignment));
  }
}

function checkPlan(strategy: Strategy, context: PlanContext): void {
  const pieces = strategy.plan(context);
  const idle = context.members.filter((member) => !member.busy).map((member) => member.id);
  const given = pieces.map((piece) => piece.member);
  expect(new Set(given).size).toBe(given.length);
  expect(idle).toEqual(expect.arrayContaining(given));
  expect(pieces.length > 0).toBe(idle.length > 0);
  let next = context.cursor.position;
  for (const { work } of pieces) {
    if (work.kind !== 'gradient' && work.kind !== 'local') throw new Error(`work of kind ${work.kind}`);
    expect(work.epoch).toBe(context.cursor.epoch);
    expect(work.start).toBe(next);
    expect(work.end).toBeGreaterThan(work.start);
    next = work.end;
  }
  expect(next).toBeLessThanOrEqual(context.examples);
}
