import { describe, expect, it } from 'vitest';
import { initialState } from '../../../coordinator/rounds/core.ts';
import { ORDER_STRIDE } from '../../../coordinator/rounds/pieces.ts';
import type { Piece } from '../../../coordinator/rounds/state.ts';
import { revive, serialize } from '../../../coordinator/rounds/state.ts';
import type { CommitSnapshot } from '../../../coordinator/rounds/types.ts';
import { createFedBuff } from '../../../coordinator/strategies/fedbuff.ts';
import { createLocalSteps } from '../../../coordinator/strategies/local-steps.ts';
import { CONFIG, Driver, kinds, of, ranges } from './driver.ts';

describe('a window', () => {
  it('waits for the minimum of members, and says so once for every change', () => {
    const driver = new Driver({ minimumMembers: 3 });
    driver.send({ type: 'start', at: 0 });
    expect(driver.settle()).toEqual([{ type: 'waiting', reason: '0 of 3 members are here' }]);
    expect(driver.join('a')).toEqual([{ type: 'waiting', reason: '1 of 3 members are here' }]);
    expect(driver.tick(2_000)).toEqual([]);
    expect(driver.join('b')).toEqual([{ type: 'waiting', reason: '2 of 3 members are here' }]);
    expect(ranges(driver.join('c'))).toEqual(['a gradient 0-3', 'b gradient 3-6', 'c gradient 6-8']);
  });

  it('is summed in the order of the plan, not of arrival', () => {
    const driver = Driver.started(['a', 'b', 'c'], { minimumMembers: 3 });
    const [a, b, c] = ['a', 'b', 'c'].map((member) => driver.latest(member));
    expect(kinds(driver.update(c!))).not.toContain('add');
    expect(of(driver.update(a!), 'add').map((add) => add.assignment)).toEqual([a!.id]);
    const last = driver.update(b!);
    expect(of(last, 'add').map((add) => add.assignment)).toEqual([b!.id, c!.id]);
    expect(of(last, 'step')).toEqual([
      {
        type: 'step',
        round: 0,
        version: 1,
        optimizerStep: 1,
        step: {
          kind: 'gradient',
          divisor: 8,
          learningRate: 0.1,
          buffers: 'ema',
          buffersDivisor: 8,
          vectors: [],
        },
      },
    ]);
  });

  it('says in its report what it was made of, with the schedule’s rate', () => {
    const driver = Driver.started(['a']);
    driver.update(driver.latest('a'));
    driver.now += 5;
    driver.settle();
    driver.update(driver.latest('a'));
    const { report } = of(driver.stepped(), 'round')[0]!;
    expect(report).toMatchObject({ round: 1, epoch: 0, version: 2, examples: 8, members: ['a'] });
    expect(report.sums).toEqual({ loss: 8, denominator: 8, correct: 4 });
    expect(report.learningRate).toBeCloseTo(0.05);
  });

  it('gives a member that joins in the middle its first work with the next window', () => {
    const driver = Driver.started(['a']);
    expect(ranges(driver.join('b'))).toEqual([]);
    driver.update(driver.latest('a'));
    expect(ranges(driver.settle())).toEqual(['a gradient 8-12', 'b gradient 12-16']);
  });

  it('keeps the last partial batch, and every example is counted once an epoch', () => {
    const driver = Driver.started(['a']);
    driver.finish();
    expect(ranges(driver.all)).toEqual(
      [0, 1].flatMap(() => ['a gradient 0-8', 'a gradient 8-16', 'a gradient 16-20']),
    );
    expect(of(driver.all, 'finished')).toEqual([
      { type: 'finished', reason: 'completed', message: 'All 2 epochs are done.' },
    ]);
  });

  it('splits by speed when asked to, once speeds are known', () => {
    const driver = Driver.started(['a', 'b'], { assignment: 'by-speed', minimumMembers: 2 });
    const [a, b] = [driver.latest('a'), driver.latest('b')];
    driver.now += 400;
    driver.update(a, { computeMs: 100 });
    driver.update(b, { computeMs: 300 });
    expect(ranges(driver.settle())).toEqual(['a gradient 8-14', 'b gradient 14-16']);
  });
});

describe('work that comes back', () => {
  it('goes to an idle member when its member leaves', () => {
    const driver = Driver.started(['a', 'b'], { minimumMembers: 2 });
    driver.update(driver.latest('a'));
    expect(ranges(driver.leave('b'))).toEqual(['a gradient 4-8']);
    expect(driver.latest('a')).toMatchObject({ order: ORDER_STRIDE, round: 0, version: 0 });
  });

  it('waits when all are gone, and goes on when one comes', () => {
    const driver = Driver.started(['a']);
    expect(driver.leave('a')).toEqual([{ type: 'waiting', reason: 'every member is gone' }]);
    expect(ranges(driver.join('b'))).toEqual(['b gradient 0-8']);
  });

  it('is taken from a member that is leaving, who is given nothing more', () => {
    const driver = Driver.started(['a', 'b'], { minimumMembers: 2 });
    driver.update(driver.latest('a'));
    const effects = driver.send({ type: 'leaving', at: 0, member: 'b' });
    expect(kinds(effects)).toEqual(['cancel', 'assign']);
    expect(driver.latest('a').work).toMatchObject({ start: 4, end: 8 });
  });

  it('is handed again when its member comes back on a new connection, and counts once', () => {
    const driver = Driver.started(['a']);
    const first = driver.latest('a');
    driver.join('a');
    const second = driver.latest('a');
    expect(second.id).not.toBe(first.id);
    expect(kinds(driver.update(first))).toContain('add');
    expect(of(driver.update(second), 'discard')).toMatchObject([{ reason: 'duplicate' }]);
  });

  it('that is lost does not count beside what its member was given after it, where members remember: both went on from the same', () => {
    for (const remembers of [false, true]) {
      const driver = Driver.started(['a', 'b'], { minimumMembers: 2, remembers });
      const lost = driver.latest('b');
      driver.join('b');
      const next = driver.latest('b');
      expect(next.id).not.toBe(lost.id);
      const discarded = of(driver.update(lost), 'discard').map(({ reason }) => reason);
      expect(discarded).toEqual(remembers ? ['late'] : []);
      expect(of(driver.update(next), 'discard').map(({ reason }) => reason)).toEqual(
        remembers ? [] : ['duplicate'],
      );
    }
  });

  it('rather goes to a member that has not failed at it', () => {
    const driver = Driver.started(['a', 'b', 'c'], { minimumMembers: 3 });
    driver.update(driver.latest('b'));
    const { id } = driver.latest('c');
    const failed = driver.send({
      type: 'failed',
      at: 0,
      assignment: id,
      member: 'c',
      reason: 'out of memory',
    });
    expect(ranges(failed)).toEqual(['b gradient 6-8']);
  });

  it('ends the run when every member failed at it, three times in all', () => {
    const driver = Driver.started(['a', 'b'], { minimumMembers: 2 });
    driver.update(driver.latest('b'));
    for (let times = 0, { id, member } = driver.latest('a'); times < 3; times++) {
      const effects = driver.send({
        type: 'failed',
        at: 0,
        assignment: id,
        member,
        reason: 'no kernel for Foo',
      });
      if (times < 2) ({ id, member } = of(effects, 'assign')[0]!.assignment);
    }
    driver.settle();
    const [finished] = of(driver.all, 'finished');
    expect(finished?.reason).toBe('failed');
    expect(finished?.message).toContain('positions 0 to 3 of epoch 1 of round 0: no kernel for Foo');
  });

  it('is done anew when an update does not cover it', () => {
    const driver = Driver.started(['a', 'b'], { minimumMembers: 2 });
    driver.update(driver.latest('b'));
    const effects = driver.update(driver.latest('a'), { examples: 3 });
    expect(of(effects, 'discard')).toMatchObject([
      { reason: 'refused', message: 'it covers 3 examples of 4' },
    ]);
    expect(ranges(effects)).toEqual(['b gradient 0-4']);
  });
});

describe('deadlines', () => {
  it('are infinite while nothing is known, and known for all once something is', () => {
    const driver = Driver.started(['a', 'b'], { minimumMembers: 2 });
    expect(driver.latest('a').deadline).toBe(Number.POSITIVE_INFINITY);
    driver.now += 100;
    const effects = driver.update(driver.latest('a'));
    expect(of(effects, 'timer')).toEqual([{ type: 'timer', at: 16_000 }]);
  });

  it('bring a spare copy to an idle member; the first update wins and the other is called off', () => {
    const driver = Driver.started(['a', 'b'], { minimumMembers: 2 });
    const slow = driver.latest('b');
    driver.now += 100;
    driver.update(driver.latest('a'));
    expect(ranges(driver.tick(15_999))).toEqual([]);
    expect(ranges(driver.tick(16_000))).toEqual(['a gradient 4-8']);
    const spare = driver.latest('a');
    expect(spare.order).toBe(slow.order);
    const won = driver.update(spare);
    expect(of(won, 'cancel')).toMatchObject([{ assignment: slow.id, member: 'b' }]);
    expect(kinds(won)).toContain('step');
    expect(of(driver.update(slow), 'discard')).toMatchObject([{ reason: 'duplicate' }]);
  });

  it('make a silent member wait until it is heard of again', () => {
    const driver = Driver.started(['a', 'b'], { minimumMembers: 2 });
    const slow = driver.latest('b');
    driver.now += 100;
    driver.update(driver.latest('a'));
    driver.tick(16_000);
    driver.update(driver.latest('a'));
    expect(ranges(driver.settle())).toEqual(['a gradient 8-16']);
    expect(of(driver.update(slow), 'discard')).toMatchObject([{ reason: 'late' }]);
    driver.update(driver.latest('a'));
    expect(ranges(driver.settle())).toEqual(['a gradient 16-18', 'b gradient 18-20']);
  });

  it('forgive a silent member after a while, when it alone is left', () => {
    const driver = Driver.started(['a', 'b'], { minimumMembers: 2 });
    driver.now += 100;
    driver.update(driver.latest('a'));
    driver.tick(16_000);
    driver.update(driver.latest('a'));
    driver.settle();
    expect(ranges(driver.leave('a'))).toEqual(['b gradient 8-16']);
  });
});

describe('what does not count', () => {
  const cases = [
    ['of an assignment that nobody gave out', '1-0-99', 'a', 'unknown'],
    ['with an id that means nothing', 'x', 'a', 'unknown'],
    ['from another member than the one it was given to', '1-0-0', 'b', 'unknown'],
    ['from before the coordinator was started again', '0-5-7', 'a', 'rolled-back'],
  ] as const;
  it.each(cases)('an update %s', (_, assignment, member, reason) => {
    const driver = Driver.started(['a']);
    const header = { examples: 8, sums: {}, steps: 1, computeMs: 1, sections: [] };
    const effects = driver.send({ type: 'update', at: 0, assignment, member, header });
    expect(of(effects, 'discard')).toMatchObject([{ assignment, member, reason }]);
    expect(kinds(effects)).not.toContain('add');
  });

  it('an update after the end', () => {
    const driver = Driver.started(['a']);
    driver.finish();
    const header = { examples: 8, sums: {}, steps: 1, computeMs: 1, sections: [] };
    const late = driver.send({ type: 'update', at: 0, assignment: '1-0-0', member: 'a', header });
    expect(of(late, 'discard')).toMatchObject([{ reason: 'late' }]);
  });
});

describe('divergence', () => {
  it('ends the run when new weights are not finite, and says at which step and what to try', () => {
    const driver = Driver.started(['a']);
    driver.update(driver.latest('a'));
    driver.settle();
    driver.update(driver.latest('a'));
    const [finished] = of(driver.stepped(false), 'finished');
    expect(finished?.reason).toBe('diverged');
    expect(finished?.message).toMatch(/at step 2 \(round 1, epoch 1.*not finite.*smaller learning rate/);
    // The weights before the step gave a finite loss: they are good.
    expect(finished?.suspect).toBeUndefined();
    expect(kinds(driver.all)).not.toContain('commit');
  });

  it('is seen when two members find the same work’s loss not finite, but not when one does', () => {
    const driver = Driver.started(['a', 'b'], { minimumMembers: 2 });
    driver.update(driver.latest('a'));
    driver.update(driver.latest('b'), { sums: { loss: Number.NaN } });
    expect(kinds(driver.all)).not.toContain('finished');
    driver.update(driver.latest('a'), { sums: { loss: Number.NaN } });
    expect(of(driver.all, 'finished')).toMatchObject([{ reason: 'diverged', suspect: 0 }]);
  });
});

describe('commits', () => {
  it('begin with the initial weights of a new run, before any member has come', () => {
    const driver = new Driver();
    const effects = driver.send({ type: 'start', at: 0 });
    expect(of(effects, 'commit')).toMatchObject([
      { version: 0, checkpoint: { round: 0, optimizerSteps: 0 } },
    ]);
    const resume = of(effects, 'commit')[0]!.checkpoint;
    const resumed = new Driver({ incarnation: 2, resume });
    expect(kinds(resumed.send({ type: 'start', at: 0 }))).not.toContain('commit');
  });

  it('come every so many rounds, and the next window opens meanwhile', () => {
    const driver = Driver.started(['a'], { commitEvery: { rounds: 2, seconds: 1e6 } });
    driver.update(driver.latest('a'));
    expect(kinds(driver.stepped())).toEqual(['round', 'assign', 'timer']);
    driver.update(driver.latest('a'));
    const effects = driver.stepped();
    expect(kinds(effects).slice(0, 3)).toEqual(['round', 'commit', 'assign']);
    expect(of(effects, 'commit')[0]?.checkpoint).toMatchObject({
      version: 2,
      round: 2,
      optimizerSteps: 2,
      cursor: { epoch: 0, position: 16 },
      metrics: {},
    });
  });

  it('are waited for when every round is to be durable', () => {
    const driver = Driver.started(['a'], { commitEvery: { rounds: 1, seconds: 1e6 } });
    driver.update(driver.latest('a'));
    expect(kinds(driver.stepped())).not.toContain('assign');
    expect(ranges(driver.send({ type: 'committed', at: 0, version: 1 }))).toEqual(['a gradient 8-16']);
  });

  it('come after so many seconds', () => {
    const driver = Driver.started(['a'], { commitEvery: { rounds: 100, seconds: 10 } });
    driver.update(driver.latest('a'));
    driver.now += 10_000;
    expect(kinds(driver.stepped())).toContain('commit');
  });

  it('resume where they were made: the same positions, the same schedule, ids never seen before', () => {
    const first = Driver.started(['a', 'b'], { minimumMembers: 2, commitEvery: { rounds: 2, seconds: 1e6 } });
    const straight = Driver.started(['a', 'b'], {
      minimumMembers: 2,
      commitEvery: { rounds: 2, seconds: 1e6 },
    });
    straight.finish();
    while (first.state.committing === null) {
      for (const member of ['a', 'b']) first.update(first.latest(member));
      first.stepped();
    }
    const resume: CommitSnapshot = JSON.parse(JSON.stringify(of(first.all, 'commit')[0]?.checkpoint));
    const again = Driver.started(['b', 'a'], { minimumMembers: 2, incarnation: 2, resume });
    again.finish();
    const before = of(first.all, 'assign').filter(({ assignment }) => assignment.round < resume.round);
    expect([...ranges(before), ...ranges(again.all)]).toEqual(ranges(straight.all));
    const rates = (driver: Driver) => of(driver.all, 'round').map(({ report }) => report.learningRate);
    expect([...rates(first).slice(0, 2), ...rates(again)]).toEqual(rates(straight));
    expect(of(again.all, 'assign').every(({ assignment }) => assignment.id.startsWith('2-'))).toBe(true);
  });

  it('of an asynchronous run hold the work in flight, which is handed out again', () => {
    const strategy = createFedBuff({ updates: 1, steps: 1, learningRate: 1 });
    const driver = Driver.started(['a', 'b'], {
      strategy,
      minimumMembers: 2,
      commitEvery: { rounds: 1, seconds: 1 },
    });
    expect(ranges(driver.all)).toEqual(['a local 0-4', 'b local 4-8']);
    driver.update(driver.latest('b'));
    const resume = of(driver.stepped(), 'commit')[0]!.checkpoint;
    const { pending } = resume.state as { pending: Piece[] };
    expect(pending.map(({ work }) => work)).toMatchObject([{ start: 0, end: 4 }]);
    const again = Driver.started(['c'], { strategy, incarnation: 2, resume });
    expect(ranges(again.all)).toEqual(['c local 0-4']);
  });
});

describe('the end', () => {
  it('evaluates, commits and then finishes', () => {
    const driver = Driver.started(['a'], { testExamples: 5, epochs: 1 });
    driver.finish();
    expect(kinds(driver.all.slice(-4))).toEqual(['counted', 'evaluated', 'commit', 'finished']);
    expect(driver.state.status).toBe('finished');
  });

  it('comes on request, after a commit of what is there', () => {
    const driver = Driver.started(['a']);
    driver.update(driver.latest('a'));
    driver.settle();
    const effects = driver.send({ type: 'stop', at: 0, reason: 'Ctrl-C' });
    expect(kinds(effects)).toEqual(['cancel', 'commit']);
    expect(driver.settle()).toEqual([{ type: 'finished', reason: 'stopped', message: 'Ctrl-C' }]);
  });

  it('waits for a step that is under way, and frees what comes meanwhile', () => {
    const strategy = createFedBuff({ updates: 1, steps: 1, learningRate: 1 });
    const driver = Driver.started(['a', 'b'], { strategy, minimumMembers: 2 });
    driver.update(driver.latest('a'));
    driver.send({ type: 'stop', at: 0, reason: 'Ctrl-C' });
    expect(of(driver.update(driver.latest('b')), 'discard')).toMatchObject([{ reason: 'late' }]);
    expect(kinds(driver.settle())).toEqual(['round', 'commit', 'finished']);
  });

  it('of a run with rounds comes after so many', () => {
    const driver = Driver.started(['a'], { epochs: undefined, rounds: 4 });
    driver.finish();
    expect(driver.state).toMatchObject({ status: 'finished', round: 4, cursor: { epoch: 1, position: 8 } });
  });
});

describe('the state', () => {
  it('survives JSON at any moment', () => {
    const driver = Driver.started(['a', 'b'], { minimumMembers: 2, testExamples: 3 });
    driver.update(driver.latest('b'));
    const text = serialize(driver.state);
    expect(serialize(revive(driver.state.config, text))).toBe(text);
  });

  it('does not grow with the rounds', () => {
    const size = (rounds: number) => {
      const driver = Driver.started(['a', 'b'], { epochs: undefined, rounds, testExamples: 3 });
      driver.finish();
      return serialize(driver.state).length;
    };
    expect(size(400)).toBeLessThan(1.1 * size(40));
  });

  it('is not made of a configuration that cannot run', () => {
    expect(() => initialState({ ...CONFIG, batch: 0 })).toThrow(/batch is 0/);
    expect(() => initialState({ ...CONFIG, rounds: 3 })).toThrow(/either epochs or rounds/);
  });
});

describe('the schedule', () => {
  it('counts global batches, however the work is cut', () => {
    const strategy = createLocalSteps({ steps: 2, outerLearningRate: 1 });
    const driver = Driver.started(['a', 'b'], { strategy, minimumMembers: 2, epochs: 1 });
    driver.finish();
    expect(ranges(driver.all)).toEqual(['a local 0-8', 'b local 8-16', 'a local 16-18', 'b local 18-20']);
    expect(driver.state.optimizerSteps).toBe(3);
  });
});
