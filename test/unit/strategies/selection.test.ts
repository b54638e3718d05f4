import { describe, expect, it } from 'vitest';
import { createFedAvg } from '../../../coordinator/strategies/fedavg.ts';
import { choose, select } from '../../../coordinator/strategies/selection.ts';
import type { Candidate } from '../../../coordinator/strategies/strategy.ts';
import type { SelectionJob } from '../../../shared/job/job.ts';
import { createRandom } from '../../../shared/parameters/random.ts';
import { Driver, of } from '../rounds/driver.ts';
import { context } from './context.ts';

type Policy = SelectionJob['policy'];

/** How often each of the members is drawn in a thousand rounds of `count`. */
function shares(
  policy: Policy,
  count: number,
  members: readonly Partial<Candidate>[],
  round = 500,
): number[] {
  const random = createRandom(3);
  const opening = context({ federated: true, members, random: random.next, round });
  const drawn = new Map<string, number>();
  for (let i = 0; i < 1000; i++) {
    const chosen = choose(opening, count, policy);
    expect(chosen).toHaveLength(count);
    for (const { id } of chosen) drawn.set(id, (drawn.get(id) ?? 0) + 1);
  }
  return opening.members.map(({ id }) => (drawn.get(id) ?? 0) / 1000);
}

const rows = (examples: number) => ({ rows: { examples, heldOut: 0 } });
const seen = (loss: number, round = 499) => ({ history: { asked: 1, last: { round, loss } } });

describe('selection', () => {
  it('uniform: each as often as any other', () => {
    for (const share of shares('uniform', 2, Array(5).fill({})))
      expect(Math.abs(share - 0.4)).toBeLessThan(0.06);
  });

  it('weighted: in proportion to rows', () => {
    const [a, b, c] = shares('weighted', 1, [rows(10), rows(30), rows(60)]) as [number, number, number];
    for (const [share, wanted] of [
      [a, 0.1],
      [b, 0.3],
      [c, 0.6],
    ] as const)
      expect(Math.abs(share - wanted)).toBeLessThan(0.06);
  });

  it('availability: who was asked least comes first', () => {
    const asked = [5, 0, 3, 0].map((times) => ({ history: { asked: times } }));
    expect(shares('availability', 2, asked)).toEqual([0, 1, 0, 1]);
  });

  it('utility: rows with a large loss rather, slow members less', () => {
    const pace = { turnaround: 1 };
    const members = [
      { ...rows(10), ...pace, ...seen(4) },
      { ...rows(10), ...pace, ...seen(0.4) },
      { ...rows(10), turnaround: 100, ...seen(4) },
      ...Array.from({ length: 4 }, () => ({ ...rows(10), ...pace, ...seen(0.2) })),
    ];
    const [hard, easy, slow] = shares('utility', 1, members) as [number, number, number];
    expect(hard).toBeGreaterThan(0.9);
    expect(easy).toBeLessThan(0.1);
    expect(slow).toBeLessThan(0.1);
  });

  it('utility: a share of the round explores, and what was seen long ago comes again', () => {
    const known = Array.from({ length: 10 }, () => ({ ...rows(10), turnaround: 1, ...seen(1) }));
    const strangers = Array.from({ length: 10 }, () => rows(10));
    const late = shares('utility', 10, [...known, ...strangers]);
    const explored = late.slice(10).reduce((sum, share) => sum + share, 0);
    expect(explored).toBeCloseTo(2, 5);
    const early = shares('utility', 10, [...known, ...strangers], 0);
    expect(early.slice(10).reduce((sum, share) => sum + share, 0)).toBeCloseTo(9, 5);
    const forgotten = { ...rows(10), turnaround: 1, ...seen(0.9, 0) };
    expect(shares('utility', 1, [forgotten, ...known])[0]).toBeGreaterThan(0.5);
  });

  it('takes all when there are no more than are wanted, and a share of those that are there', () => {
    const members = Array(6).fill(rows(4));
    const opening = context({ federated: true, members });
    expect(choose(opening, 9)).toHaveLength(6);
    const half = { participants: 0.5, policy: 'uniform', over: 1 } as const;
    expect(select(opening, half)).toHaveLength(3);
    expect(select(opening, { ...half, over: 1.5 })).toHaveLength(5);
  });
});

/** A federated run of five members of ten rows. */
function started(selection: SelectionJob, rounds = 3, resume?: unknown): Driver {
  const driver = new Driver({
    strategy: createFedAvg({ selection }),
    federated: { evaluating: 0, fairness: 'loss' },
    examples: 0,
    epochs: undefined,
    rounds,
    evaluateEvery: { rounds },
    minimumMembers: 5,
    commitEvery: { rounds: 1, seconds: 1e6 },
    ...(resume !== undefined && { resume: resume as never, incarnation: 2 }),
  });
  driver.send({ type: 'start', at: 0 });
  driver.settle();
  driver.all.length = 0;
  for (const id of ['a', 'b', 'c', 'd', 'e']) {
    const member = { id, name: id, engine: 'cpu', threads: 1, role: 'participant' as const };
    driver.send({ type: 'joined', at: 0, member: { ...member, rows: { examples: 10, heldOut: 0 } } });
  }
  return driver;
}

describe('over-selection', () => {
  const selection = { participants: 2, policy: 'uniform', over: 2, deadline: 30 } as const;

  it('closes with the first answers; who is later is told so, and is asked again', () => {
    const driver = started(selection);
    const asked = of(driver.all, 'assign').map(({ assignment }) => assignment);
    expect(asked).toHaveLength(4);
    driver.update(asked[2]!);
    expect(driver.state.round).toBe(0);
    driver.update(asked[0]!);
    driver.settle();
    expect(driver.state.round).toBe(1);
    expect(of(driver.all, 'cancel').map(({ reason }) => reason)).toEqual(
      Array(2).fill('the round closed without it'),
    );
    const [discard] = of(driver.update(asked[1]!), 'discard');
    expect(discard).toMatchObject({ reason: 'late', message: 'its round is over, or it was taken back' });
    driver.finish();
    expect(driver.state.status).toBe('finished');
  });

  it('does not wait beyond its deadline: with stragglers it closes with what came', () => {
    const driver = started(selection);
    const asked = of(driver.all, 'assign').map(({ assignment }) => assignment);
    expect(asked.map(({ deadline }) => deadline)).toEqual(Array(4).fill(driver.now + 30_000));
    driver.update(asked[3]!);
    driver.tick(driver.now + 29_000);
    driver.settle();
    expect(driver.state.round).toBe(0);
    driver.tick(driver.now + 1_000);
    driver.settle();
    expect(driver.state.round).toBe(1);
    expect(of(driver.all, 'step')[0]?.step.divisor).toBe(10);
  });

  it('plans anew when all are given up, with what came late discarded', () => {
    const driver = started(selection);
    const asked = of(driver.all, 'assign').map(({ assignment }) => assignment);
    driver.tick(driver.now + 30_000);
    expect(of(driver.all, 'assign').length).toBeGreaterThan(asked.length);
    expect(driver.state.round).toBe(0);
    expect(of(driver.update(asked[0]!), 'discard')[0]?.reason).toBe('late');
    driver.finish();
    expect(driver.state.status).toBe('finished');
  });

  it('learns deadlines from those that answered', () => {
    const driver = started({ participants: 4, policy: 'uniform', over: 1 });
    const asked = of(driver.all, 'assign').map(({ assignment }) => assignment);
    expect(asked[0]?.deadline).toBe(Number.POSITIVE_INFINITY);
    driver.now += 1_000;
    driver.update(asked[0]!);
    // Others are waited for five times as long as the slowest, at least 15 seconds.
    driver.tick(driver.now + 16_000);
    driver.settle();
    expect(driver.state.round).toBe(1);
  });
});

describe('a deadline that nobody meets', () => {
  const selection = { participants: 2, policy: 'uniform', over: 1, deadline: 0.000_01 } as const;
  const passDeadline = (driver: Driver) => {
    driver.tick(driver.now + 1);
    driver.settle();
  };

  it('does not plan for ever: the run fails, and says which deadline it was', () => {
    const driver = started(selection);
    let windows = 0;
    while (driver.state.status === 'running' && windows < 200) {
      passDeadline(driver);
      windows++;
    }
    expect(driver.state.status).toBe('finished');
    expect(windows).toBeGreaterThanOrEqual(10);
    expect(windows).toBeLessThan(100);
    expect(driver.state.ending?.reason).toBe('failed');
    expect(driver.state.ending?.message).toContain('members.selection.deadline (0.00001 s)');
  });

  it('counts windows in a row: one answer in time begins the count anew', () => {
    const driver = started(selection, 100);
    for (let round = 0; round < 20; round++) {
      for (let window = 0; window < 9; window++) passDeadline(driver);
      for (const { assignment } of of(driver.all, 'assign').slice(-2)) driver.update(assignment);
      driver.settle();
    }
    expect(driver.state.status).toBe('running');
    expect(driver.state.round).toBe(20);
  });

  it('is not suspected when members leave and come back: the run waits for them', () => {
    const driver = started({ ...selection, participants: 5, deadline: 30 });
    for (let window = 0; window < 150; window++) {
      for (const { description } of driver.state.members) driver.leave(description.id);
      driver.tick(driver.now + 60_000);
      for (const { description } of driver.state.members) {
        driver.send({ type: 'joined', at: 0, member: description });
      }
    }
    expect(driver.state.status).toBe('running');
    driver.finish();
    expect(driver.state.round).toBe(3);
  });
});

describe('what selection knows of members', () => {
  it('is part of the state: a resumed run asks whom the uninterrupted one asks', () => {
    const selection = { participants: 2, policy: 'utility', over: 1 } as const;
    const whole = started(selection, 8);
    whole.finish();
    const commit = of(whole.all, 'commit').find(({ checkpoint }) => checkpoint.round === 4)!;
    const kept = JSON.parse(JSON.stringify(commit.checkpoint));
    const resumed = started(selection, 8, kept);
    resumed.now =
      1_000 + 10 * of(whole.all, 'assign').filter(({ assignment }) => assignment.round < 4).length;
    resumed.finish();
    const askedIn = (driver: Driver) =>
      of(driver.all, 'assign')
        .filter(({ assignment }) => assignment.round >= 4)
        .map(({ assignment }) => [assignment.round, assignment.member]);
    expect(askedIn(resumed)).toEqual(askedIn(whole));
    const asked = whole.state.members.map(({ history }) => history?.asked ?? 0);
    expect(asked.reduce((sum, times) => sum + times, 0)).toBe(16);
  });
});
