import { describe, expect, it } from 'vitest';
import { Driver, kinds, of, ranges } from './driver.ts';

const TWO = { minimumMembers: 2, testExamples: 7, examples: 8, batch: 8, epochs: 9 };

/** Trains one epoch, and stands where its evaluation is handed out. */
function evaluating(change: object = {}): Driver {
  const driver = Driver.started(['a', 'b'], { ...TWO, ...change });
  for (const member of ['a', 'b']) driver.update(driver.latest(member));
  driver.stepped();
  return driver;
}

describe('an evaluation', () => {
  it('is split over the members, and says exact sums of the version at that moment', () => {
    const driver = evaluating();
    expect(ranges(driver.all).slice(-2)).toEqual(['a evaluate 0-4', 'b evaluate 4-7']);
    const b = driver.update(driver.latest('b'), { sums: { loss: 0.25, denominator: 3, correct: 2 } });
    expect(kinds(b)).not.toContain('evaluated');
    const a = driver.update(driver.latest('a'), { sums: { loss: 0.1, denominator: 4, correct: 4 } });
    expect(of(a, 'counted').map((counted) => counted.member)).toEqual(['a', 'b']);
    expect(of(a, 'evaluated')).toEqual([
      {
        type: 'evaluated',
        version: 1,
        round: 1,
        epoch: 1,
        examples: 7,
        sums: { loss: 0.1 + 0.25, denominator: 7, correct: 6 },
        metrics: { loss: (0.1 + 0.25) / 7, accuracy: 6 / 7 },
      },
    ]);
  });

  it('is committed with its metrics, and training goes on', () => {
    const driver = evaluating();
    for (const member of ['a', 'b']) driver.update(driver.latest(member));
    const [commit] = of(driver.all, 'commit');
    expect(commit?.checkpoint).toMatchObject({ version: 1, metrics: { loss: 1, accuracy: 0.5 } });
    expect(ranges(driver.all).slice(-2)).toEqual(['a gradient 0-4', 'b gradient 4-8']);
  });

  it('hands back the part of a member that goes', () => {
    const driver = evaluating();
    driver.update(driver.latest('a'));
    expect(ranges(driver.leave('b'))).toEqual(['a evaluate 4-7']);
    expect(of(driver.update(driver.latest('a')), 'evaluated')[0]?.examples).toBe(7);
  });

  it('comes every so many rounds when asked to', () => {
    const driver = Driver.started(['a'], {
      testExamples: 2,
      examples: 80,
      epochs: undefined,
      rounds: 7,
      evaluateEvery: { rounds: 3 },
    });
    driver.finish();
    expect(of(driver.all, 'evaluated').map(({ round }) => round)).toEqual([3, 6, 7]);
  });

  it('stops the run early when the metric does not get better', () => {
    const driver = Driver.started(['a'], {
      ...TWO,
      minimumMembers: 1,
      earlyStopping: { metric: 'loss', patience: 2, minDelta: 0.05 },
    });
    const losses = [0.5, 0.4, 0.38, 0.36, 0.1];
    let seen = 0;
    while (driver.state.status === 'running') {
      const { work } = driver.latest('a');
      const loss = work.kind === 'evaluate' ? 7 * losses[seen++]! : 1;
      driver.update(driver.latest('a'), { sums: { loss, denominator: work.kind === 'evaluate' ? 7 : 8 } });
      driver.settle();
    }
    expect(seen).toBe(4);
    const [finished] = of(driver.all, 'finished');
    expect(finished).toMatchObject({ reason: 'early-stopping' });
    expect(finished?.message).toBe('No better loss in 2 evaluations (best: 0.4).');
  });
});
