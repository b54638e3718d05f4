import { once } from 'node:events';
import { afterEach, expect, it } from 'vitest';
import { MemberIdentities } from '../../coordinator/run/identity.ts';
import type { RunRecord } from '../../coordinator/store/store.ts';
import { Survey } from '../../coordinator/survey/survey.ts';
import { Participation, type ParticipationOptions } from '../../launch/participate/participation.ts';
import { RunState } from '../../launch/participate/run-state.ts';
import type { DataJob } from '../../shared/job/data-job.ts';
import { LocalChannel } from '../../shared/protocol/local-channel.ts';
import { ownTable } from '../../worker/data/own-table.ts';
import { temporaryFolder } from '../support/digits.ts';
import { participate, type Site } from '../support/participants.ts';
import { killAll, tributary } from '../support/processes.ts';
import { pointsTable, Workplace } from '../support/small-job.ts';

afterEach(killAll);

const JOB = {
  data: '{ held-by: members, features: { columns: [x, y], normalize: standardize }, target: { column: label } }',
  strategy: 'fedavg',
  optimizer: '{ sgd: 0.3 }',
  epochs: undefined,
  rounds: '3',
  members: '{ minimum: 3 }',
};

it('a participant that has answered, and is started again, says what it waits for', async () => {
  const place = new Workplace(JOB);
  const joinFile = place.path('join.json');
  const site: Site = { name: 'site', data: place.write('site.csv', pointsTable()), state: temporaryFolder() };
  const common = ['--listen', '127.0.0.1:0', '--runs', place.runs, '--join-file', joinFile];
  const coordinator = tributary(['coordinator', place.jobFile, ...common]);
  await coordinator.saw(/join\.json is written/);
  const first = participate(site, joinFile);
  await coordinator.saw(/1 of 3 have answered/);
  await first.saw(/survey: summed up/);
  first.signal('SIGTERM');
  expect((await first.end()).stderr).not.toContain('already answered');
  const again = participate(site, joinFile);
  await again.saw(/the survey is already answered from here: waiting/);
}, 120_000);

it('a participant that stands at the question when the survey is done comes back for the run', async () => {
  const place = new Workplace();
  const run = { id: 'r1', name: 'points', incarnation: 0 } as RunRecord;
  const features = { columns: ['x', 'y'], shape: undefined, normalize: { kind: 'standardize' } } as const;
  const data: DataJob = {
    ...{ source: '', heldBy: 'members', format: { type: 'csv', header: true, delimiter: ',' }, features },
    ...{ target: { type: 'class', column: 'label' }, test: 0.2, licence: undefined },
  };
  const survey = new Survey({
    store: { run, answers: () => new Map(), add: () => undefined },
    ...{ token: 'token', wanted: 1, identities: new MemberIdentities('token', 0) },
    request: { data, seed: 0 },
  });
  const participant = async (ask: ParticipationOptions['ask'], dialled: () => void = () => undefined) => {
    const state = await RunState.open(temporaryFolder(), 'token');
    return new Participation({
      member: {
        dial: async () => {
          dialled();
          const [here, there] = LocalChannel.pair();
          survey.accept(there);
          return here;
        },
        ...{ token: 'token', name: 'site', engine: 'cpu', threads: 1, cache: temporaryFolder() },
        own: ownTable(place.path('rows.csv'), temporaryFolder()),
      },
      ...{ state, limits: {}, coordinator: 'here', attended: true, ask },
    });
  };
  let asked: (over: AbortSignal) => void = () => undefined;
  const question = new Promise<AbortSignal>((resolve) => {
    asked = resolve;
  });
  let back: () => void = () => undefined;
  const isBack = new Promise<string>((resolve) => {
    back = () => resolve('it is back');
  });
  let dials = 0;
  const slow = await participant(
    async (_, over) => {
      asked(over);
      await once(over, 'abort');
      return { agreed: false, reason: 'it left before an answer' };
    },
    () => ++dials === 2 && back(),
  );
  const quick = await participant(async () => ({ agreed: true, by: '--yes', shown: '' }));
  slow.start();
  const over = await question;
  expect(over.aborted).toBe(false);
  quick.start();
  expect(await survey.done).toMatchObject({ rows: 120 });
  if (!over.aborted) await once(over, 'abort');
  // It did not say no: it comes back for the run.
  expect(await Promise.race([isBack, slow.done])).toBe('it is back');
  slow.leave();
  quick.leave();
  expect(await slow.done).toMatchObject({ kind: 'left' });
  expect(await quick.done).toMatchObject({ kind: 'left' });
}, 60_000);
