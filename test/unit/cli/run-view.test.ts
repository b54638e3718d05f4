import { describe, expect, it } from 'vitest';
import { RunProgress } from '../../../cli/run-view.ts';
import { renderReport } from '../../../cli/ui/render-report.ts';
import { PHASES } from '../../../coordinator/phases.ts';
import { facts, round } from './run-fixture.ts';

const RESUMED = facts({
  round: 45,
  epoch: 4,
  evaluated: { version: 40, metrics: { loss: 0.5, accuracy: 0.9 } },
  past: { seconds: 3_600, sent: 1_000, received: 2_000, phases: { compute: 60, wire: 6 } },
});
const STOPPED = { reason: 'stopped', message: 'asked to stop' } as const;

describe('a run that is gone on with', () => {
  it('shows the epoch, the round and the metrics that it goes on at, before its first round', () => {
    const progress = new RunProgress();
    progress.opened(RESUMED);
    expect(progress.view()?.progress).toMatchObject({
      epoch: 5,
      round: 45,
      metric: { name: 'accuracy', value: 0.9 },
      bytes: { sent: 1_000, received: 2_000 },
    });
  });

  it('counts time, bytes and phases of all its lives in its report', () => {
    const progress = new RunProgress();
    progress.opened(RESUMED);
    progress.reported(round(45, 100));
    // Its coordinator dies and is started again: what was seen here counts, not what the store knows of it.
    progress.opened({ ...RESUMED, past: { seconds: 3_601, sent: 1_050, received: 2_100, phases: {} } });
    progress.reported(round(46, 10));
    const report = progress.report(STOPPED)!;
    expect(report.bytes).toEqual({ sent: 1_110, received: 2_220 });
    expect(report.seconds).toBeGreaterThanOrEqual(3_600);
    expect(report.seconds).toBeLessThan(3_700);
    expect(report.phases).toEqual({
      ...Object.fromEntries(PHASES.map((phase) => [phase, 0])),
      compute: 61,
      wire: 6,
    });
  });

  it('says in its report what the store says, as show does, where it was told', () => {
    const progress = new RunProgress();
    progress.opened(RESUMED);
    progress.reported(round(45, 100));
    const total = { seconds: 3_700, sent: 1_500, received: 2_500, phases: { compute: 61, wire: 6 } };
    progress.took(total);
    const report = progress.report(STOPPED)!;
    expect(report).toMatchObject({ seconds: 3_700, bytes: { sent: 1_500, received: 2_500 } });
    expect(report.phases).toEqual(total.phases);
    expect(renderReport(report)).toMatch(/time.*1:01 h/s);
    expect(renderReport(report)).toMatch(/sent.*1\.50 kB/s);
  });

  it('whose coordinator starts again does not fall back to epoch 1', () => {
    const progress = new RunProgress();
    progress.opened(facts());
    for (let number = 0; number < 35; number++) progress.reported(round(number, 1));
    progress.opened(facts({ round: 30, epoch: 3 }));
    expect(progress.view()?.progress).toMatchObject({ epoch: 4, round: 30 });
  });
});

describe('a stopped run', () => {
  it('says of which version its metrics are, and which one is kept', () => {
    const progress = new RunProgress();
    progress.opened(facts());
    progress.evaluated({
      version: 40,
      round: 40,
      epoch: 4,
      metrics: { loss: 0.5 },
      sums: {},
      classes: [],
      examples: 20,
    });
    progress.committed({ version: 46, round: 46, milliseconds: 1 });
    const text = renderReport(progress.report(STOPPED)!);
    expect(text).toContain('The metrics are those of version 40; the last commit is version 46.');
    const done = renderReport(progress.report({ reason: 'completed', message: '' })!);
    expect(done).not.toContain('The metrics are those of');
  });

  it('names its folder of runs in the commands to type next', () => {
    const progress = new RunProgress();
    progress.opened(facts());
    expect(progress.report(STOPPED)!.next).toEqual([
      "npx tributary resume r1 --runs 'my runs'",
      "npx tributary show r1 --runs 'my runs'",
    ]);
  });
});

describe('what to type next', () => {
  const exported = {
    file: 'm.onnx',
    bytes: 1,
    wrongOnWebGpu: 0,
    version: 1,
    round: 1,
    metrics: {},
    maxDifference: 0,
    rowsCompared: 1,
    damaged: [],
  };

  it.each([
    ['a row has one answer', {}, ['show', 'predict']],
    ['every place of a row has one', { places: true } as const, ['show']],
    ['a model makes something', { generator: true } as const, ['show', 'generate']],
  ])('where %s', (_, more, commands) => {
    const progress = new RunProgress();
    progress.opened(facts());
    progress.exported({ ...exported, ...more });
    const { next } = progress.report({ reason: 'completed', message: '' })!;
    expect(next.map((line) => line.split(' ')[2])).toEqual(commands);
  });
});

describe('workers that fetch frozen weights', () => {
  const worker = (id: string, connected = true) => ({
    ...({
      id,
      name: id,
      role: 'worker',
      engine: 'onnxruntime cpu',
      threads: 1,
      speed: 0,
      connected,
    } as const),
  });
  const rows = (progress: RunProgress) =>
    progress.view()!.members.map(({ state, fetched }) => ({ state, ...(fetched && { fetched }) }));

  it('were said to be idle, and waited for although all were here', () => {
    const progress = new RunProgress();
    progress.opened(facts());
    progress.member(worker('worker-1'));
    progress.waits('1 of 2 members are here');
    progress.prepares({ name: 'worker-1' });
    expect(rows(progress)).toEqual([{ state: 'preparing' }]);
    expect(progress.view()?.waiting).toBe('1 of 2 members are here');
    progress.member(worker('worker-2'));
    expect(progress.view()?.waiting).toBeUndefined();
    const fetched = { bytes: 3, of: 9 };
    progress.prepares({ name: 'worker-1', fetched });
    expect(rows(progress)).toEqual([{ state: 'preparing', fetched }, { state: 'working' }]);
    progress.prepared({ name: 'worker-1' });
    expect(rows(progress)).toEqual([{ state: 'working' }, { state: 'working' }]);
  });

  it('that go are away, whatever they were at; what is waited for then stays when others only work', () => {
    const progress = new RunProgress();
    progress.opened(facts());
    for (const id of ['worker-1', 'worker-2']) progress.member(worker(id));
    progress.prepares({ name: 'worker-1' });
    progress.member(worker('worker-1', false));
    progress.waits('1 of 2 members are here');
    progress.member({ ...worker('worker-2'), speed: 5 });
    expect(rows(progress)).toEqual([{ state: 'away' }, { state: 'idle' }]);
    expect(progress.view()?.waiting).toBe('1 of 2 members are here');
  });
});
