import { describe, expect, it } from 'vitest';
import type { RoundConfig } from '../../../coordinator/rounds/config.ts';
import { bestOf } from '../../../coordinator/store/retention.ts';
import { createFedAvg } from '../../../coordinator/strategies/fedavg.ts';
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

describe('an evaluation by fewer participants than the minimum', () => {
  /** Of each evaluation: how many rows of each participant's ten are right; who is not named has gone by then. */
  const ROUNDS: readonly Readonly<Record<string, number>>[] = [
    { a: 6, b: 4 },
    { a: 10 },
    { a: 6, b: 8 },
    { a: 6, b: 7 },
  ];

  function federated(change: Partial<RoundConfig> = {}): Driver {
    const driver = new Driver({
      strategy: createFedAvg({}),
      federated: { evaluating: 5, fairness: 'accuracy' },
      examples: 0,
      epochs: undefined,
      rounds: ROUNDS.length,
      minimumMembers: 2,
      evaluateEvery: { rounds: 1 },
      commitEvery: { rounds: 1, seconds: 1e6 },
      ...change,
    });
    driver.send({ type: 'start', at: 0 });
    driver.settle();
    for (const id of ['a', 'b']) joined(driver, id);
    return driver;
  }

  function joined(driver: Driver, id: string): void {
    const about = { id, name: id, engine: 'cpu', threads: 1, role: 'participant' } as const;
    driver.send({ type: 'joined', at: 0, member: { ...about, rows: { examples: 8, heldOut: 10 } } });
  }

  function round(driver: Driver, right: Readonly<Record<string, number>>): void {
    for (const id of ['a', 'b']) driver.update(driver.latest(id), { examples: 8 });
    driver.settle();
    const isGone = right['b'] === undefined;
    if (isGone) driver.leave('b');
    for (const [id, correct] of Object.entries(right)) {
      const sums = { loss: 1, denominator: 10, correct };
      driver.update(driver.latest(id), { examples: 10, sums });
    }
    driver.settle();
    if (isGone) joined(driver, 'b');
  }

  it('became the best: accuracy 100 % of one participant', () => {
    const driver = federated();
    for (const right of ROUNDS) round(driver, right);
    const evaluations = of(driver.all, 'evaluated').map(({ metrics }) => metrics);
    expect(evaluations.map(({ accuracy, participants }) => [accuracy, participants])).toEqual([
      [0.5, 2],
      [1, 1],
      [0.7, 2],
      [0.65, 2],
    ]);
    expect(evaluations.map((metrics) => metrics['minimum-participants'])).toEqual([
      ...[undefined, 2],
      ...[undefined, undefined],
    ]);
    const commits = of(driver.all, 'commit').map(({ checkpoint }) => checkpoint);
    expect(commits.find(({ version }) => version === 2)?.metrics).toMatchObject({ participants: 1 });
    expect(bestOf(commits, 'accuracy')?.version).toBe(3);
  });

  it('was what early stopping and a plateau compared the next ones with', () => {
    const seen: (number | undefined)[] = [];
    const driver = federated({
      earlyStopping: { metric: 'accuracy', patience: 9, minDelta: 0 },
      plateauAfter: (plateau, { accuracy }) => {
        seen.push(accuracy);
        return plateau;
      },
    });
    for (const right of ROUNDS) round(driver, right);
    expect(driver.state.watch).toEqual({ best: 0.7, since: 1 });
    expect(seen).toEqual([0.5, 0.7, 0.65]);
  });

  it('counts where the job asks for no more than that', () => {
    const driver = federated({ federated: { evaluating: 1, fairness: 'accuracy' } });
    for (const id of ['a', 'b']) driver.update(driver.latest(id), { examples: 8 });
    driver.settle();
    const asked = ['a', 'b'].map((id) => driver.latest(id)).find(({ work }) => work.kind === 'evaluate-own')!;
    driver.update(asked, { examples: 10, sums: { loss: 1, denominator: 10, correct: 9 } });
    const { metrics } = of(driver.all, 'evaluated')[0]!;
    expect(metrics).toMatchObject({ accuracy: 0.9, participants: 1 });
    expect(metrics).not.toHaveProperty('minimum-participants');
  });
});
