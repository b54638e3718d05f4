import { expect, it } from 'vitest';
import { BLIND_PATIENCE_MS } from '../../../coordinator/membership/pace.ts';
import { createFedSgd } from '../../../coordinator/strategies/fedsgd.ts';
import { Driver, of } from './driver.ts';

/** A participant has trained the first round, whose weights these members of the coordinator's are to measure on 10 rows. */
function measuring(evaluators: readonly string[]): Driver {
  const driver = Driver.started([], {
    strategy: createFedSgd({}),
    federated: { evaluating: 0, fairness: 'accuracy' },
    examples: 0,
    testExamples: 10,
    epochs: undefined,
    rounds: 3,
    evaluateEvery: { rounds: 1 },
  });
  const about = { engine: 'cpu', threads: 1 };
  const rows = { examples: 10, heldOut: 2 };
  for (const id of evaluators)
    driver.send({ type: 'joined', at: 0, member: { ...about, id, name: id, role: 'evaluator' } });
  driver.send({ type: 'joined', at: 0, member: { ...about, id: 'a', name: 'a', role: 'participant', rows } });
  driver.update(driver.latest('a'));
  driver.settle();
  return driver;
}

/** Virtual time goes on to the tick that the core asked for. */
function nextTick(driver: Driver): void {
  driver.tick(of(driver.all, 'timer').at(-1)!.at);
  driver.settle();
}

/** As many ticks as it takes: some are of deadlines that are no more. */
function untilClosed(driver: Driver): void {
  for (let ticks = 0; driver.state.evaluation !== null && ticks < 10; ticks++) nextTick(driver);
}

it('an evaluator that stays connected but never answers held the whole federation: the evaluation closes without it', () => {
  const driver = measuring(['own']);
  const first = driver.latest('own');
  const begun = driver.now;
  expect(driver.latest('a').work.kind).not.toBe('evaluate');
  const before = of(driver.all, 'assign').length;
  untilClosed(driver);
  expect(driver.now - begun).toBeLessThanOrEqual(BLIND_PATIENCE_MS);
  expect(of(driver.all, 'cancel')).toMatchObject([
    { assignment: first.id, reason: 'the evaluation closed without it' },
  ]);
  // Nothing was measured, and the next round is on its way.
  expect(of(driver.all, 'evaluated')).toEqual([]);
  expect(
    of(driver.all, 'assign')
      .slice(before)
      .map(({ assignment }) => assignment.member),
  ).toEqual(['a']);
  for (let round = 0; round < 2; round++) {
    driver.update(driver.latest('a'));
    driver.settle();
    untilClosed(driver);
  }
  expect(of(driver.all, 'finished')).toMatchObject([{ reason: 'completed' }]);
});

it('what one evaluator does not answer another one is given, and the figures are of all rows', () => {
  const driver = measuring(['own', 'other']);
  driver.update(driver.latest('other'));
  nextTick(driver);
  const again = driver.latest('other');
  expect(again.work).toEqual(driver.latest('own').work);
  driver.update(again);
  expect(of(driver.all, 'evaluated')).toMatchObject([{ examples: 10 }]);
});

it('figures of a part of the rows are none: those of the others would be compared with them', () => {
  const driver = measuring(['own', 'other']);
  driver.update(driver.latest('other'));
  // The second try is not answered either.
  nextTick(driver);
  nextTick(driver);
  expect(of(driver.all, 'evaluated')).toEqual([]);
  expect(driver.state.evaluation).toBeNull();
});
