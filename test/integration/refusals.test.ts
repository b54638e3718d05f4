import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { EXIT, exitCodeOfSignal } from '../../cli/exit-codes.ts';
import {
  type JoinCommand,
  joinCommandOf,
  killAll,
  type TributaryProcess,
  tributary,
  worker,
} from '../support/processes.ts';
import { hello, RawMember } from '../support/raw-member.ts';
import { Workplace } from '../support/small-job.ts';

let coordinator: TributaryProcess;
let join: JoinCommand;

beforeAll(async () => {
  const place = new Workplace();
  coordinator = tributary(['coordinator', place.jobFile, '--listen', '127.0.0.1:0', '--runs', place.runs]);
  join = await joinCommandOf(coordinator);
});
afterAll(killAll);

describe('a worker', () => {
  it.each([
    {
      what: 'with a wrong token is refused, and the coordinator says so too',
      change: { token: 'guessed' },
      says: [/the token is not this run’s/, /copy the join command/],
      coordinatorSays: /turned away: the token is not this run’s/,
    },
    {
      what: 'with a fingerprint that is none hears what one looks like',
      change: { fingerprint: 'AB:CD' },
      says: [/'AB:CD' is no SHA-256 fingerprint/, /64 hexadecimal digits/],
    },
  ])('$what', async ({ change, says, coordinatorSays }) => {
    const end = await worker({ ...join, ...change }).end();
    for (const pattern of says) expect(end.stderr).toMatch(pattern);
    expect(end.stderr).not.toMatch(/^\s+at /m);
    expect(end.code).toBe(EXIT.refused);
    if (coordinatorSays) await coordinator.saw(coordinatorSays);
  });

  it('that finds another certificate shows both fingerprints, and is not heard of', async () => {
    const expected = `${'AB:'.repeat(31)}AB`;
    const end = await worker({ ...join, fingerprint: expected }).end();
    expect(end.stderr).toContain(expected);
    expect(end.stderr).toContain(join.fingerprint!);
    expect(end.stderr).toMatch(/certificate/);
    expect(end.code).toBe(EXIT.refused);
    expect(coordinator.stdout).not.toMatch(/joined/);
  });

  it('without a token does not even try', async () => {
    const end = await tributary(['worker', '--join', join.address, '--fingerprint', join.fingerprint!], {
      env: { TRIBUTARY_TOKEN: '' },
    }).end();
    expect(end.stderr).toMatch(/no token: set TRIBUTARY_TOKEN or give --token-file/);
    expect(end.code).toBe(EXIT.usage);
  });

  it.each(['SIGINT', 'SIGTERM'] as const)(
    'without a coordinator says so, keeps trying, and ends on %s with the code of a command that had not begun',
    async (signal) => {
      // Port 9 (discard) is nobody's here.
      const alone = worker({ ...join, address: '127.0.0.1:9' });
      await alone.saw(/nothing listens at 127\.0\.0\.1:9: is the coordinator running.*trying again/);
      alone.signal(signal);
      const end = await alone.end();
      expect(end.stderr).not.toMatch(/^\s+at /m);
      expect(end).toMatchObject({ code: exitCodeOfSignal(signal), signal: null });
    },
  );
});

describe('a member of another protocol version', () => {
  it('is refused with a message on both sides that says what to install', async () => {
    const stranger = await RawMember.dial(join);
    stranger.say(hello(join, { protocol: 99 }));
    await stranger.closed;
    const says = /coordinator speaks protocol version 1, the member version 99: install the same release/;
    expect(stranger.heard[0]?.refuse?.message).toMatch(says);
    await coordinator.saw(new RegExp(`turned away: the ${says.source}`));
  });

  it('hears so whatever else its Hello holds', async () => {
    const stranger = await RawMember.dial(join);
    stranger.say({ hello: { protocol: 2 } });
    await stranger.closed;
    expect(stranger.heard[0]?.refuse).toMatchObject({ protocol: 1 });
    expect(stranger.heard[0]?.refuse?.message).toMatch(/the member version 2/);
  });
});
