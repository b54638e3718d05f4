import { once } from 'node:events';
import { existsSync, readFileSync, rmSync } from 'node:fs';
import { afterEach, expect, it } from 'vitest';
import { EXIT } from '../../cli/exit-codes.ts';
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
import { type JoinCommand, killAll, tributary } from '../support/processes.ts';
import { hello, RawMember } from '../support/raw-member.ts';
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

it('a survey that is stopped, and then killed, goes on with the answers that it had', async () => {
  const place = new Workplace(JOB);
  const joinFile = place.path('join.json');
  const site = (name: string): Site => ({
    ...{ name, data: place.write(`${name}.csv`, pointsTable()), state: temporaryFolder() },
  });
  const [first, second, third] = [site('first'), site('second'), site('third')];
  const coordinate = (args: readonly string[]) => {
    rmSync(joinFile, { force: true });
    const common = ['--listen', '127.0.0.1:0', '--runs', place.runs, '--join-file', joinFile];
    return tributary(['coordinator', ...args, ...common]);
  };
  const runs = async () =>
    JSON.parse((await tributary(['runs', '--runs', place.runs, '--json']).end()).stdout) as object[];

  const stopped = coordinate([place.jobFile, '--run', 'r1']);
  const early = participate(first, joinFile);
  await stopped.saw(/1 of 3 have answered/);
  expect(await runs()).toMatchObject([{ id: 'r1', status: 'surveying' }]);
  stopped.signal('SIGINT');
  const end = await stopped.end();
  expect(end.code).toBe(EXIT.stopped);
  expect(end.stdout).toContain('1 of 3 participants have answered: that is kept');
  const printed = /npx tributary (coordinator --resume r1 .*)/.exec(end.stdout)![1]!;
  expect(printed).toMatch(/ --listen 127\.0\.0\.1:[1-9]\d* --join-file \S+join\.json$/);
  const told = await early.end();
  expect(told.code).toBe(EXIT.ok);
  expect(told.stderr).toContain('the run was stopped (asked to stop): when it goes on, the same command');
  expect(await runs()).toMatchObject([{ id: 'r1', status: 'stopped' }]);
  const shown = await tributary(['show', 'r1', '--runs', place.runs]).end();
  expect(shown.stdout).toContain('1 participant has answered');
  expect(shown.stdout).toContain(`npx tributary ${printed}`);

  const killed = coordinate([place.jobFile, '--run', 'r1']);
  await killed.saw(/1 of 3 have answered before/);
  const waits = participate(second, joinFile);
  await killed.saw(/2 of 3 have answered/);
  killed.signal('SIGKILL');
  await killed.end();
  expect(await runs()).toMatchObject([{ id: 'r1', status: 'interrupted' }]);
  await waits.saw(/no connection/);
  waits.signal('SIGTERM');
  await waits.end();

  const last = coordinate(['--resume', 'r1']);
  await last.saw(/2 of 3 have answered before/);
  // Of those who have answered nobody needs to be there.
  const answers = participate(third, joinFile);
  await last.saw(/3 of 3 have answered: the run begins/);
  const back = [first, second].map((one) => participate(one, joinFile));
  const { code, stderr } = await last.end();
  expect({ code, stderr }).toMatchObject({ code: EXIT.ok });
  const ends = await Promise.all([answers, ...back].map((one) => one.end()));
  expect(ends.map((one) => one.code)).toEqual([EXIT.ok, EXIT.ok, EXIT.ok]);
  // The end of the survey is no fault, and what is said has one form.
  for (const { stderr: log, stdout } of ends) {
    expect(stdout).toBe('');
    for (const line of log.trim().split('\n')) expect(JSON.parse(line)).toHaveProperty('msg');
    expect(log).not.toContain('ended the connection');
  }
  expect(ends[0]!.stderr).toContain('the survey is done: the run begins');
  // Another participant than those before, who keep their names.
  const ids = ends.map(({ stderr: log }) => /"member":"([^"]+)"/.exec(log)![1]);
  expect(new Set(ids).size).toBe(3);
  expect(await runs()).toMatchObject([{ id: 'r1', status: 'completed' }]);
});

it('a participant that sends its sums several times at once has answered once', async () => {
  const place = new Workplace(JOB);
  const joinFile = place.path('join.json');
  const args = ['coordinator', place.jobFile, '--run', 'r1', '--runs', place.runs, '--insecure'];
  const coordinator = tributary([
    ...args,
    ...['--listen', '127.0.0.1:0', '--websocket', '127.0.0.1:0', '--join-file', joinFile],
  ]);
  const [, page] = await coordinator.saw(/(http:\/\/\S+\/)join\/#/);
  await expect.poll(() => existsSync(joinFile)).toBe(true);
  const { token } = JSON.parse(readFileSync(joinFile, 'utf8')) as { token: string };
  const join = { address: new URL(page!).host, token } as JoinCommand;
  const member = await RawMember.dial(join, 'WebSocket');
  const capabilities = { engine: 'none', provider: 'none', threads: 1, codecs: [1, 2], ownData: true };
  member.say(hello(join, { capabilities }));
  const welcome = (await member.hears('welcome'))!.welcome!;
  member.say({ ready: { examples: 5, heldOut: 0, assignments: [] } });
  const { id } = (await member.hears('assign'))!.assign!;
  for (const nonce of [1, 2, 3, 4]) {
    const update = {
      ...{ run: welcome.run, incarnation: welcome.incarnation, assignment: `${id}${nonce}`, nonce },
      ...{ examples: 5, sums: { rows: 5 }, steps: 0, computeMs: 0, sections: [], credit: 0 },
    };
    member.say({ offer: { transfer: 2 * nonce - 1, size: 0, update } });
  }
  const told = (): number => member.heard.filter(({ acknowledge }) => acknowledge).length;
  await expect.poll(told).toBe(4);
  coordinator.signal('SIGINT');
  const { code, stdout } = await coordinator.end();
  expect(stdout).toContain('1 of 3 participants have answered: that is kept');
  expect(code).toBe(EXIT.stopped);
});

it('a join file that cannot be written ends the survey, and is named', async () => {
  const place = new Workplace(JOB);
  const joinFile = place.path('nowhere/join.json');
  const args = ['coordinator', place.jobFile, '--listen', '127.0.0.1:0', '--runs', place.runs];
  const { code, stderr } = await tributary([...args, '--join-file', joinFile]).end();
  expect(stderr).toContain(joinFile);
  expect(code).toBe(EXIT.file);
});

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
});

it.each([
  [
    'a binary target has three values',
    { data: JOB.data.replace('column: label', 'column: label, type: binary'), loss: 'binary-cross-entropy' },
    `x,y,label\n${Array.from({ length: 30 }, (_, row) => `${row},${-row},${'abc'[row % 3]}\n`).join('')}`,
    /a binary target has two values, and theirs has 3: a, b, c/,
    EXIT.data,
  ],
  [
    'the model has too few outputs for the classes',
    {},
    `x,y,label\n${Array.from({ length: 30 }, (_, row) => `${row},${-row},${'abcde'[row % 5]}\n`).join('')}`,
    /classes/,
    EXIT.model,
  ],
])(
  'participants retried for ever after a survey of which no run comes: %s',
  async (_, keys, rows, why, code) => {
    const place = new Workplace({ ...JOB, ...keys, members: '{ minimum: 2 }' });
    const joinFile = place.path('join.json');
    const common = ['--listen', '127.0.0.1:0', '--runs', place.runs, '--join-file', joinFile];
    const coordinator = tributary(['coordinator', place.jobFile, ...common]);
    await coordinator.saw(/join\.json is written/);
    const members = ['one', 'two'].map((name) =>
      participate({ name, data: place.write(`${name}.csv`, rows), state: temporaryFolder() }, joinFile),
    );
    const end = await coordinator.end();
    expect(end.stderr).toMatch(why);
    expect(end.code).toBe(code);
    for (const told of await Promise.all(members.map((member) => member.end()))) {
      expect(told.stderr).toContain('the survey ended without a run: ');
      expect(told.stderr).toMatch(why);
      expect(told.stderr).not.toContain('comes back for it');
      expect(told.code).toBe(EXIT.ok);
    }
  },
);

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
  survey.begin();
  if (!over.aborted) await once(over, 'abort');
  // It did not say no: it comes back for the run.
  expect(await Promise.race([isBack, slow.done])).toBe('it is back');
  slow.leave();
  quick.leave();
  expect(await slow.done).toMatchObject({ kind: 'left' });
  expect(await quick.done).toMatchObject({ kind: 'left' });
});
