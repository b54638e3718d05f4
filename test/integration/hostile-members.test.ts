import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Coordination, coordinate, type RunFacts, type RunMessage } from '../../launch/coordinate.ts';
import { dialGrpc } from '../../node/transports/grpc-client.ts';
import { createMember } from '../../worker/create-member.ts';
import { ownTable } from '../../worker/data/own-table.ts';
import type { Member } from '../../worker/member.ts';
import { temporaryFolder } from '../support/digits.ts';
import type { JoinCommand } from '../support/processes.ts';
import { type Fields, hello, RawMember } from '../support/raw-member.ts';
import { pointsTable, Workplace } from '../support/small-job.ts';

/** Enough that the run is under way while everybody here does wrong. */
const ROUNDS = 1_000_000;
const SITES = 2;

const place = new Workplace({
  data: '{ held-by: members, features: { columns: [x, y] }, target: { column: label, classes: [blue, red] } }',
  strategy: 'fedavg',
  optimizer: '{ sgd: 0.05 }',
  epochs: undefined,
  rounds: String(ROUNDS),
  evaluate: '{ every: { rounds: 100000 } }',
  checkpoint: '{ rounds: 500 }',
  members: `{ minimum: ${SITES}, selection: { participants: 8, deadline: 5 } }`,
});
const members: Member[] = [];
const messages: RunMessage[] = [];
let run: Coordination;
let join: JoinCommand;
let rounds = 0;

beforeAll(async () => {
  const opened = new Promise<RunFacts>((resolve, reject) => {
    coordinate(
      { job: place.jobFile, runs: place.runs, listen: { grpc: '127.0.0.1:0', insecure: true } },
      (message) => {
        messages.push(message);
        if (message.event === 'round') rounds++;
        if (message.event === 'opened') resolve(message.values[0]);
      },
    ).then((started) => {
      run = started;
    }, reject);
  });
  const { address, token } = await opened;
  join = { address, fingerprint: undefined, token };
  const table = place.write('site.csv', pointsTable(60));
  for (let site = 0; site < SITES; site++) {
    const member = await createMember({
      dial: () => dialGrpc({ address, insecure: true }),
      ...{ token, name: `site-${site}`, engine: 'cpu', threads: 1, cache: temporaryFolder() },
      own: ownTable(table, temporaryFolder()),
    });
    members.push(member);
    member.start();
  }
});
afterAll(async () => {
  run.stop({ reason: 'stopped', message: 'the test is over' });
  await run.done;
  await Promise.all(members.map((member) => member.leave()));
});

const ROWS = 48;

/** A stranger with the token that says it has rows, and is given work. */
async function participant(): Promise<{
  stranger: RawMember;
  assign: NonNullable<Fields['assign']>;
  run: string;
}> {
  const stranger = await RawMember.dial(join);
  const { hello: said } = hello(join) as { hello: { capabilities: object } };
  stranger.say(hello(join, { capabilities: { ...said.capabilities, ownData: true } }));
  const welcome = (await stranger.hears('welcome'))!.welcome!;
  stranger.say({ ready: { examples: ROWS, heldOut: 12 } });
  const assign = (await stranger.hears('assign'))!.assign!;
  return { stranger, assign, run: welcome.run! };
}

interface Lie {
  readonly assignment?: string;
  readonly incarnation?: number;
  readonly examples?: number;
  readonly floats?: number;
  readonly value?: number;
}

/** Hands in an update that is wrong in one way; says what the coordinator says of it. */
async function lie({ assignment, incarnation, examples = ROWS, floats, value = 0 }: Lie) {
  const { stranger, assign, run: name } = await participant();
  const weights = (await stranger.hears('offer'))!.offer!;
  const size = Number(weights.size ?? 0);
  const data = new Uint8Array(new Float32Array(floats ?? size / 4).fill(value).buffer);
  stranger.say({
    offer: {
      transfer: 1,
      size: data.length,
      update: {
        run: name,
        incarnation: incarnation ?? assign.incarnation,
        assignment: assignment ?? assign.id,
        nonce: 1,
        examples,
        sums: { loss: 1, denominator: 1, correct: 1 },
        steps: 1,
        sections: [{ name: 'parameters', codec: 1, floats: data.length / 4, bytes: data.length }],
        credit: data.length,
      },
    },
  });
  stranger.say({ chunk: { transfer: 1, offset: 0, data } });
  const answer = await stranger.hears('acknowledge');
  stranger.close();
  return answer?.acknowledge?.message ?? '';
}

describe('a participant that does wrong hears why, and the rounds go on:', () => {
  const goesOn = async (wrong: () => Promise<unknown>): Promise<void> => {
    const before = rounds;
    await wrong();
    await expect.poll(() => rounds).toBeGreaterThan(before + 1);
    expect(messages.some(({ event }) => event === 'finished')).toBe(false);
  };

  it.each<[string, Lie, RegExp]>([
    ['an update for work that nobody gave', { assignment: '1-0-999999' }, /gave out no such assignment/],
    ['an update of another start of the coordinator', { incarnation: 7 }, /given by start 7/],
    ['an update of another size', { floats: 7 }, /does not have the model's size/],
    ['NaN', { value: Number.NaN }, /holds NaN or infinity/],
    ['no examples', { examples: 0 }, /covers 0 examples of 48/],
    ['2^31 examples', { examples: 2 ** 31 }, /covers 2147483648 examples of 48/],
  ])('%s', (_, what, says) => goesOn(async () => expect(await lie(what)).toMatch(says)));

  it.each([
    ['no rows', { examples: 0, heldOut: 0 }, /at least one row/],
    ['2^31 rows', { examples: 2 ** 31, heldOut: 0 }, /ready\.examples is 2147483648/],
    ['more rows than anybody has', { examples: 2 ** 30, heldOut: 0 }, /more than the \d+ that are believed/],
  ])('%s of its own', (_, ready, says) =>
    goesOn(async () => {
      const stranger = await RawMember.dial(join);
      const { hello: said } = hello(join) as { hello: { capabilities: object } };
      stranger.say(hello(join, { capabilities: { ...said.capabilities, ownData: true } }));
      await stranger.hears('welcome');
      stranger.say({ ready });
      expect((await stranger.hears('refuse'))?.refuse?.message).toMatch(says);
    }),
  );

  it('one that comes as a worker is told how to join', () =>
    goesOn(async () => {
      const stranger = await RawMember.dial(join);
      stranger.say(hello(join));
      expect((await stranger.hears('refuse'))?.refuse?.message).toMatch(/npx tributary participate/);
    }));

  it('half an update, and then silence', () =>
    goesOn(async () => {
      const { stranger, assign, run: name } = await participant();
      const size = Number((await stranger.hears('offer'))!.offer!.size);
      stranger.say({
        offer: {
          transfer: 1,
          size,
          update: {
            ...{ run: name, incarnation: assign.incarnation, assignment: assign.id, nonce: 1 },
            ...{ examples: ROWS, sums: { loss: 1 }, steps: 1, credit: size },
            sections: [{ name: 'parameters', codec: 1, floats: size / 4, bytes: size }],
          },
        },
      });
      stranger.say({ chunk: { transfer: 1, offset: 0, data: new Uint8Array(size / 2) } });
      expect((await stranger.closed).message).toMatch(/nothing was heard/);
    }));

  it('an open stream on which nothing is said', () =>
    goesOn(async () => {
      const stranger = await RawMember.dial(join);
      expect((await stranger.hears('refuse'))?.refuse?.message).toMatch(/no Hello came in time/);
    }));

  it('a thousand joins, as fast as they can be dialled', () =>
    goesOn(async () => {
      const wrong = { ...join, token: 'guessed' };
      let left = 1000;
      const knock = async (): Promise<void> => {
        while (left-- > 0) {
          const stranger = await RawMember.dial(join);
          stranger.say(hello(wrong));
          expect((await stranger.hears('refuse'))?.refuse?.message).toMatch(/token/);
        }
      };
      await Promise.all(Array.from({ length: 32 }, knock));
    }));
});
