import { describe, expect, it } from 'vitest';
import type { RoundConfig } from '../../../coordinator/rounds/config.ts';
import { createLocalSteps } from '../../../coordinator/strategies/local-steps.ts';
import { createSynchronous } from '../../../coordinator/strategies/synchronous.ts';
import { Driver, kinds, of, ranges } from './driver.ts';

const FOUR = ['a', 'b', 'c', 'd'];
const CHANGE: Partial<RoundConfig> = {
  minimumMembers: 4,
  examples: 64,
  batch: 32,
  strategy: createSynchronous({ leastRows: 2 }),
};

/** Four members with 8 rows each, of whom three are done. */
function threeDone(change: Partial<RoundConfig> = {}): Driver {
  const driver = Driver.started(FOUR, { ...CHANGE, ...change });
  expect(ranges(driver.all)).toEqual(FOUR.map((name, i) => `${name} gradient ${8 * i}-${8 * i + 8}`));
  for (const name of ['a', 'c', 'd']) driver.update(driver.latest(name));
  return driver;
}

describe('a piece that lost its member', () => {
  it('is cut up for those who are idle, and summed in the order of its rows', () => {
    const driver = threeDone();
    const lost = driver.latest('b');
    const effects = driver.leave('b');
    expect(ranges(effects)).toEqual(['a gradient 8-11', 'c gradient 11-14', 'd gradient 14-16']);
    expect(of(effects, 'cancel')).toMatchObject([{ assignment: lost.id, member: 'b' }]);
    const [first, second, third] = of(effects, 'assign').map(({ assignment }) => assignment);
    expect(first!.order).toBe(lost.order);
    expect(second!.order).toBeGreaterThan(first!.order);
    expect(third!.order).toBeGreaterThan(second!.order);

    driver.update(third!);
    driver.update(second!);
    driver.update(first!);
    const added = of(driver.all, 'add').map(({ assignment }) => assignment);
    const given = of(driver.all, 'assign').map(({ assignment }) => assignment);
    const starts = added.map(
      (id) => given.find((assignment) => assignment.id === id)!.work as { start: number },
    );
    expect(starts.map(({ start }) => start)).toEqual([0, 8, 11, 14, 16, 24]);
    // The step divides by all rows of the batch, as if nobody had left.
    expect(of(driver.all, 'step')).toMatchObject([{ step: { divisor: 32, buffersDivisor: 32 } }]);
  });

  it('is not counted a second time when its member comes back with it', () => {
    const driver = threeDone();
    const lost = driver.latest('b');
    const parts = of(driver.leave('b'), 'assign').map(({ assignment }) => assignment);
    driver.join('b');
    expect(of(driver.update(lost), 'discard')).toMatchObject([{ reason: 'late' }]);
    for (const part of parts) driver.update(part);
    expect(of(driver.all, 'step')).toMatchObject([{ step: { divisor: 32 } }]);
  });

  it('stays whole for a member that is back: it may have it done', () => {
    const driver = threeDone();
    const lost = driver.latest('b');
    expect(ranges(driver.join('b'))).toEqual(['a gradient 8-16']);
    expect(kinds(driver.update(lost))).toContain('step');
  });

  it('loses a part again, which is cut up again', () => {
    const driver = threeDone();
    driver.leave('b');
    driver.update(driver.latest('a'));
    driver.update(driver.latest('c'));
    const effects = driver.leave('d');
    // Two rows are the least: one member takes them.
    expect(ranges(effects)).toEqual(['a gradient 14-16']);
    driver.update(driver.latest('a'));
    expect(of(driver.all, 'step')).toMatchObject([{ step: { divisor: 32 } }]);
  });

  it('is not cut below the rows that are worth it, nor where the strategy does not allow it', () => {
    const few = threeDone({ strategy: createSynchronous() });
    expect(ranges(few.leave('b'))).toEqual(['a gradient 8-16']);
    const strategy = createLocalSteps({ steps: 1, outerLearningRate: 1 });
    const local = Driver.started(FOUR, { ...CHANGE, strategy });
    for (const name of ['a', 'c', 'd']) local.update(local.latest(name));
    expect(ranges(local.leave('b'))).toEqual(['a local 8-16']);
  });

  it('of an evaluation is cut up too, and every row is counted', () => {
    const driver = Driver.started(FOUR, { ...CHANGE, batch: 64, epochs: 1, testExamples: 40 });
    for (const name of FOUR) driver.update(driver.latest(name));
    driver.settle();
    for (const name of ['a', 'c', 'd']) driver.update(driver.latest(name));
    const effects = driver.leave('b');
    expect(ranges(effects)).toEqual(['a evaluate 10-14', 'c evaluate 14-17', 'd evaluate 17-20']);
    for (const { assignment } of of(effects, 'assign')) driver.update(assignment);
    expect(of(driver.all, 'evaluated')).toMatchObject([{ examples: 40 }]);
  });
});

describe('a piece that came back not finite', () => {
  const NAN = { sums: { loss: Number.NaN } };

  it('waits for another member, though the one that had it is idle', () => {
    const driver = Driver.started(['a', 'b'], { ...CHANGE, minimumMembers: 2 });
    const bad = driver.latest('a');
    expect(ranges(driver.update(bad, NAN))).toEqual([]);
    // The other one can do it: no divergence, whatever is wrong with the first.
    expect(ranges(driver.update(driver.latest('b')))).toEqual(['b gradient 0-16']);
    driver.update(driver.latest('b'));
    expect(of(driver.all, 'step')).toMatchObject([{ step: { divisor: 32 } }]);
    expect(kinds(driver.all)).not.toContain('finished');
  });

  it('goes back to its member when the other one leaves', () => {
    const driver = Driver.started(['a', 'b'], { ...CHANGE, minimumMembers: 2 });
    driver.update(driver.latest('a'), NAN);
    expect(ranges(driver.leave('b'))).toEqual(['a gradient 0-16']);
  });

  it('does not wait for a member that hangs: its work is done by others, and it is not trusted', () => {
    const driver = Driver.started(['a', 'b'], { ...CHANGE, minimumMembers: 2 });
    driver.now += 10;
    driver.update(driver.latest('a'), NAN);
    expect(ranges(driver.tick(driver.now + 1e9))).toEqual(['a gradient 16-32']);
    expect(ranges(driver.update(driver.latest('a')))).toEqual(['a gradient 0-16']);
    driver.update(driver.latest('a'));
    expect(of(driver.all, 'step')).toMatchObject([{ step: { divisor: 32 } }]);
  });

  it('is divergence when the other member finds the same', () => {
    const driver = Driver.started(['a', 'b', 'c'], { ...CHANGE, batch: 30, examples: 60, minimumMembers: 3 });
    driver.update(driver.latest('c'));
    expect(ranges(driver.update(driver.latest('a'), NAN))).toEqual(['c gradient 0-10']);
    driver.update(driver.latest('c'), NAN);
    expect(of(driver.all, 'finished')).toMatchObject([{ reason: 'diverged', suspect: 0 }]);
  });
});
