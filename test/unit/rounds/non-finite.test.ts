import { describe, expect, it } from 'vitest';
import { createFedSgd } from '../../../coordinator/strategies/fedsgd.ts';
import { Driver, of, ranges } from './driver.ts';

const NAN = { sums: { loss: Number.NaN } };

/** One participant, and the coordinator's own member, which is to measure the first round's weights. */
function measured(): Driver {
  const driver = Driver.started([], {
    strategy: createFedSgd({}),
    federated: { evaluating: 0, fairness: 'accuracy' },
    examples: 0,
    testExamples: 10,
    epochs: undefined,
    rounds: 5,
    evaluateEvery: { rounds: 1 },
  });
  const about = { engine: 'cpu', threads: 1 };
  const rows = { examples: 10, heldOut: 2 };
  driver.send({ type: 'joined', at: 0, member: { ...about, id: 'own', name: 'own', role: 'evaluator' } });
  driver.send({ type: 'joined', at: 0, member: { ...about, id: 'a', name: 'a', role: 'participant', rows } });
  driver.update(driver.latest('a'));
  driver.settle();
  return driver;
}

/** Members that share the rows, at the first window's pieces. */
function training(members: readonly string[]): Driver {
  return Driver.started(members, { testExamples: 8, examples: 8, minimumMembers: members.length });
}

/** The same at the evaluation of the first epoch's weights. */
function evaluating(members: readonly string[]): Driver {
  const driver = training(members);
  for (const member of members) driver.update(driver.latest(member));
  driver.settle();
  return driver;
}

function isOver(driver: Driver): boolean {
  return of(driver.all, 'finished').length > 0;
}

describe('a federated run whose evaluator alone can measure', () => {
  it('ends as diverged, and does not hang, when it gives NaN twice', () => {
    const driver = measured();
    const first = driver.latest('own');
    driver.update(first, NAN);
    // Nobody else could show that it is not the evaluator's fault: it tries once more itself.
    const second = driver.latest('own');
    expect(second.id).not.toBe(first.id);
    expect(isOver(driver)).toBe(false);
    const { id: assignment, member } = second;
    driver.send({ type: 'failed', at: 0, assignment, member, reason: 'its loss is NaN', nonFinite: true });
    expect(of(driver.all, 'finished')).toMatchObject([{ reason: 'diverged' }]);
  });

  it('goes on when the second try is finite', () => {
    const driver = measured();
    driver.update(driver.latest('own'), NAN);
    driver.update(driver.latest('own'));
    driver.settle();
    expect(of(driver.all, 'evaluated')).toMatchObject([{ metrics: { loss: 1 } }]);
    expect(isOver(driver)).toBe(false);
  });

  it('ends as failed when it can do it in no try, whatever the participants are', () => {
    const driver = measured();
    const reason = 'out of memory';
    for (let tries = 0; tries < 3; tries++) {
      expect(isOver(driver)).toBe(false);
      const { id: assignment, member } = driver.latest('own');
      driver.send({ type: 'failed', at: 0, assignment, member, reason, nonFinite: false });
    }
    driver.settle();
    expect(of(driver.all, 'finished')).toMatchObject([{ reason: 'failed' }]);
  });
});

describe.each([
  ['window', training],
  ['evaluation', evaluating],
] as const)('NaN in the %s of members that share the rows', (_, begin) => {
  it('waits for another member, and is diverged when that one agrees', () => {
    const driver = begin(['a', 'b']);
    const given = ranges(driver.all).at(-1);
    driver.update(driver.latest('b'), NAN);
    expect(isOver(driver)).toBe(false);
    driver.update(driver.latest('a'));
    expect(ranges(driver.all).at(-1)).toBe(given?.replace('b', 'a'));
    driver.update(driver.latest('a'), NAN);
    expect(of(driver.all, 'finished')).toMatchObject([{ reason: 'diverged' }]);
  });

  it('is tried again by a member that is alone, and is diverged when it is NaN again', () => {
    const driver = begin(['b']);
    driver.update(driver.latest('b'), NAN);
    expect(isOver(driver)).toBe(false);
    driver.update(driver.latest('b'), NAN);
    expect(of(driver.all, 'finished')).toMatchObject([{ reason: 'diverged' }]);
  });
});
