import { readFileSync, writeFileSync } from 'node:fs';
import { afterEach, describe, expect, it } from 'vitest';
import { EXIT } from '../../cli/exit-codes.ts';
import { FEDERATED_DIGITS, participate, recordOf, sites } from '../support/participants.ts';
import { killAll, tributary } from '../support/processes.ts';
import { Workplace } from '../support/small-job.ts';

afterEach(killAll);

function coordinate(lines: Readonly<Record<string, string | undefined>>) {
  const place = new Workplace({ ...FEDERATED_DIGITS, ...lines });
  const joinFile = place.path('join.json');
  const args = ['coordinator', place.jobFile, '--listen', '127.0.0.1:0', '--runs', place.runs];
  return { place, joinFile, coordinator: tributary([...args, '--join-file', joinFile]) };
}

/** Hours that begin before now and end well after. */
function hoursAround(now: Date): string {
  return `${(now.getHours() + 23) % 24}-${(now.getHours() + 12) % 24}`;
}

describe('tributary participate', () => {
  it('three sites train together; one is killed and comes back, one has had enough', async () => {
    const { coordinator, joinFile, place } = coordinate({ members: '{ minimum: 2 }', rounds: '40' });
    const [steady, killed, brief] = sites(3);
    const dies = participate(killed!, joinFile);
    const leaves = participate(brief!, joinFile, ['--max-rounds', '3']);
    const member = (await dies.saw(/"member":"([^"]+)"/))[1];
    await dies.saw(/round \d+: trained on/);
    dies.signal('SIGKILL');
    const first = participate(steady!, joinFile);
    const back = participate(killed!, joinFile);
    expect((await back.saw(/"member":"([^"]+)"/))[1]).toBe(member);

    const left = await leaves.end();
    expect(left.code).toBe(EXIT.ok);
    expect(left.stderr).toContain('this participant has trained in the 3 rounds that it allows itself');
    const end = await coordinator.end();
    expect(end.code).toBe(EXIT.ok);
    expect((await first.end()).code).toBe(EXIT.ok);
    expect((await back.end()).code).toBe(EXIT.ok);

    const [run] = place.runIds();
    const accuracy = Number(/accuracy (\d+\.\d+) %(?![\s\S]*accuracy \d)/.exec(end.stdout)?.[1]);
    expect(accuracy).toBeGreaterThan(85);
    const [steadyRecord, killedRecord, briefRecord] = await Promise.all(
      [steady!, killed!, brief!].map((site) => recordOf(site, run!)),
    );
    const trained = (record: Record<string, unknown>[]) =>
      record.filter((line) => line['event'] === 'sent' && line['work'] === 'own');
    expect(trained(briefRecord!)).toHaveLength(3);
    expect(trained(steadyRecord!).length).toBeGreaterThan(30);
    for (const line of trained(steadyRecord!)) {
      expect(line).toMatchObject({ bytes: 4 * 2412, sums: expect.arrayContaining(['loss']) });
      expect(line['sha256']).toMatch(/^[0-9a-f]{64}$/);
    }
    // One join, though there were two processes; one agreement, though it was asked by both.
    const events = killedRecord!.map((line) => line['event']);
    expect(events.filter((event) => event === 'joined')).toHaveLength(1);
    expect(events.filter((event) => event === 'agreed')).toHaveLength(1);
    expect(back.stdout + back.stderr).not.toContain('You are asked');
    const answers = steadyRecord!.filter((line) => line['event'] === 'answered');
    expect(answers.length).toBe(steadyRecord!.filter((line) => line['event'] === 'sent').length);
  });

  it('says what is asked, and sends nothing without an agreement', async () => {
    const { coordinator, joinFile } = coordinate({});
    const [site] = sites(1);
    const asked = tributary([
      ...['participate', '--join-file', joinFile, '--data', site!.data, '--state', site!.state],
      ...['--threads', '1', '--hours', hoursAround(new Date()), '--max-upload', '5MB', '--name', 'clinic'],
    ]);
    const { code, stdout, stderr } = await asked.end();
    expect(code).toBe(EXIT.declined);
    // An answer, and no fault.
    expect(stderr).toContain('INFO: nobody was there to agree: this participant takes no part');
    expect(stderr).not.toMatch(/ERROR|\{"/);
    const join = JSON.parse(readFileSync(joinFile, 'utf8')) as { address: string; fingerprint: string };
    for (const shown of [
      join.address,
      join.fingerprint,
      'From the 64 columns 0 to 63',
      'column 64, one of 10 classes',
      'dense layer, 64 to 32',
      '2,410 differences of weights',
      'the name "clinic"',
      'at most 5 MB of updates',
      'agrees with --yes',
    ]) {
      expect(stdout).toContain(shown);
    }
    const record = await recordOf(site!, /\((sites-[^)]+)\)/.exec(stdout)![1]!);
    expect(record.map((line) => line['event'])).toEqual(['joined', 'refused']);
    expect(coordinator.stdout).not.toContain('round 1/');
  });

  it('that is interrupted before it takes part ends as any interrupted command', async () => {
    const [site] = sites(1);
    const args = ['participate', '--join', '127.0.0.1:9', '--insecure', '--data', site!.data];
    const env = { TRIBUTARY_TOKEN: 'secret' };
    const waits = tributary([...args, '--state', site!.state], { env });
    await waits.saw(/no connection/);
    waits.signal('SIGINT');
    const { code, stderr } = await waits.end();
    expect(stderr).toContain('interrupted before it took part');
    expect(code).toBe(130);
  });

  it('names the line of the data that does not fit, here and not to the coordinator', async () => {
    const { coordinator, joinFile } = coordinate({});
    const [site] = sites(1);
    const lines = readFileSync(site!.data, 'utf8').split('\n');
    lines[4] = lines[4]!.replace(/\d+$/, 'SECRET-CELL');
    writeFileSync(site!.data, lines.join('\n'));
    const { code, stderr } = await participate(site!, joinFile).end();
    expect(code).toBe(EXIT.data);
    expect(stderr).toContain(`${site!.data}:5, column 64: The class "SECRET-CELL" is none of the run's.`);
    expect(coordinator.stdout + coordinator.stderr).not.toContain('SECRET-CELL');
  });
});
