import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { EXIT } from '../../cli/exit-codes.ts';
import { readRun } from '../../coordinator/store/read-run.ts';
import type { Channel } from '../../shared/protocol/channel.ts';
import { tributary as wire } from '../../shared/protocol/gen/wire.js';
import { MemberSession } from '../../shared/protocol/member-session.ts';
import type { AssignmentMessage } from '../../shared/protocol/messages.ts';
import { checkBooks } from '../support/books.ts';
import { type Draw, drawing, MUTATIONS, oversize } from '../support/mutations.ts';
import {
  type JoinCommand,
  joinCommandOf,
  killAll,
  residentBytes,
  type TributaryProcess,
  tributary,
  worker,
} from '../support/processes.ts';
import { dial, encoded, hello, RawMember, type Transport } from '../support/raw-member.ts';
import { Workplace } from '../support/small-job.ts';

const { Envelope } = wire.v1;

const MESSAGES = 10_000;
const OVERSIZE = 20;
const AT_ONCE = 8;
const SEED = 20_260_101;
/** More than are done here. */
const ROUNDS = 1_000_000;
const BATCH = 16;
/** What the coordinator may take beyond what it had when the fuzz began. */
const GROWTH_BYTES = 200e6;

const place = new Workplace({
  epochs: undefined,
  rounds: String(ROUNDS),
  batch: String(BATCH),
  evaluate: '{ every: { rounds: 100 } }',
  checkpoint: '{ rounds: 20 }',
});
let coordinator: TributaryProcess;
let addresses: Record<Transport, JoinCommand>;

beforeAll(async () => {
  coordinator = tributary([
    ...['coordinator', place.jobFile, '--runs', place.runs, '--insecure'],
    ...['--listen', '127.0.0.1:0', '--websocket', '127.0.0.1:0'],
  ]);
  const gRPC = await joinCommandOf(coordinator);
  const [, address] = await coordinator.saw(/worker --join (\S+) --websocket --insecure$/m);
  addresses = { gRPC, WebSocket: { ...gRPC, address: address! } };
});
afterAll(killAll);

/** What a member that does a few assignments says, one list for each kind of life. */
async function record(join_: JoinCommand): Promise<Uint8Array[]> {
  const said: Uint8Array[] = [];
  const session = new MemberSession({
    dial: async () => recorded(await dial(join_, 'gRPC'), said),
    hello: {
      token: join_.token,
      name: 'recorded',
      version: '0.0.0',
      capabilities: {
        engine: 'none',
        provider: 'none',
        threads: 1,
        codecs: ['f32'],
        ownData: false,
        dataHash: '',
      },
    },
  });
  const answered = new Promise<void>((resolve, reject) => {
    let left = 4;
    session.on('refused', ({ message }) => reject(new Error(message)));
    session.on('assign', (assignment) => {
      left -= 1;
      if (left < 0) return;
      if (left > 0) return void answer(session, assignment).catch(reject);
      const { id, incarnation } = assignment;
      session.fail({ assignment: id, incarnation, reason: 'it is only recorded' });
      resolve();
    });
  });
  session.start();
  await answered;
  session.leave('recorded enough');
  session.close();
  return said;
}

function recorded(channel: Channel, said: Uint8Array[]): Channel {
  return {
    remote: channel.remote,
    intact: channel.intact,
    send: (message) => {
      // A copy: a Buffer’s slice is a view.
      said.push(new Uint8Array(message));
      channel.send(message);
    },
    drained: () => channel.drained(),
    close: (reason) => channel.close(reason),
    onMessage: (handler) => channel.onMessage(handler),
    onClose: (handler) => channel.onClose(handler),
  };
}

/** Hands in a gradient of zero, as if it had computed. */
async function answer(session: MemberSession, assignment: AssignmentMessage): Promise<void> {
  const { id, incarnation, work } = assignment;
  if (!('end' in work)) throw new Error(`work of the kind ${work.kind} was not asked for`);
  const weights = await session.fetch(assignment.weights);
  const examples = work.end - work.start;
  const trains = work.kind !== 'evaluate';
  const bytes = weights.length;
  const sections = trains ? [{ name: 'parameters', codec: 'f32' as const, floats: bytes / 4, bytes }] : [];
  const header = {
    examples,
    sums: { loss: examples, denominator: examples, correct: 0 },
    steps: 1,
    computeMs: 1,
    sections: sections.map(({ name }) => name),
  };
  const update = { assignment: id, incarnation, header, sections, credit: 0 };
  await session.upload(update, new Uint8Array(trains ? bytes : 0));
}

/** An announced update as one for the work that this member was given, right or nearly so; other messages as they are. */
function forOwnWork(message: Uint8Array, member: RawMember, draw: Draw): Uint8Array {
  const envelope = Envelope.decode(message);
  const assign = member.heard.findLast((heard) => heard.assign)?.assign;
  const { offer } = envelope;
  if (!assign?.gradient || !offer?.update) return message;
  const { start, end } = assign.gradient;
  Object.assign(offer.update, {
    assignment: assign.id,
    incarnation: assign.incarnation,
    examples: Number(end ?? 0) - Number(start ?? 0),
  });
  const section = offer.update.sections?.[0];
  const wrong = [
    () => Object.assign(offer, { size: Number(offer.size) + 4 }),
    () => Object.assign(offer, { size: 2 ** 31 }),
    () => Object.assign(offer, { transfer: draw.below(2 ** 31) }),
    () => Object.assign(offer.update!, { examples: draw.below(1000) }),
    () => Object.assign(offer.update!, { crc32: draw.below(2 ** 31), steps: 2 ** 32 - 1 }),
    () => Object.assign(offer.update!, { sections: [] }),
    () => section && Object.assign(section, { name: 'server.else' }),
    () => section && Object.assign(section, { floats: 2 ** 28, bytes: 2 ** 30 }),
    () => {
      Object.assign(offer, { size: 2 ** 30 });
      if (section) Object.assign(section, { floats: 2 ** 28, bytes: 2 ** 30 });
    },
  ];
  if (draw() < 0.7) wrong[draw.below(wrong.length)]!();
  return Envelope.encode(envelope).finish();
}

/** Rounds whose weights are on the disk. */
function committed(directory: string): number {
  const reader = readRun(directory);
  try {
    return reader.versions().at(-1)?.round ?? 0;
  } finally {
    reader.close();
  }
}

/** One connection: a Hello, usually a good one, then mutated messages until it is closed or has said enough. */
async function attack(draw: Draw, said: readonly Uint8Array[], budget: () => boolean): Promise<void> {
  const transport: Transport = draw() < 0.5 ? 'gRPC' : 'WebSocket';
  const member = await RawMember.dial(addresses[transport], transport);
  const names = Object.keys(MUTATIONS);
  const good = new Uint8Array(encoded(hello(addresses[transport])));
  member.send(draw() < 0.8 ? good : MUTATIONS[names[draw.below(names.length)]!]!(good, draw, said));
  if (draw() < 0.5) await member.hears('assign', 300);
  // In order, or in any; the Hello, which is first, has been said.
  let next = draw() < 0.5 ? 1 : draw.below(said.length);
  for (let left = 1 + draw.below(24); left > 0 && !member.isClosed && budget(); left--) {
    const message = said[next % said.length]!;
    next = draw() < 0.7 ? next + 1 : draw.below(said.length);
    const bytes =
      draw() < 0.5
        ? forOwnWork(message, member, draw)
        : MUTATIONS[names[draw.below(names.length)]!]!(message, draw, said);
    member.send(bytes);
    if (draw() < 0.1) member.send(bytes);
    await member.drained();
    // Lets what the coordinator answers be read.
    await new Promise((resolve) => setImmediate(resolve));
  }
  member.close();
}

describe('ten thousand random and mutated messages against a live coordinator', () => {
  it('leave the run as it would have been, and the memory bounded', async () => {
    const real = worker(addresses.gRPC, ['--name', 'real', '--cache', place.path('cache')]);
    await coordinator.saw(/evaluated/);
    const said = await record(addresses.gRPC);
    expect(said.length).toBeGreaterThan(8);
    const draw = drawing(SEED);
    const before = residentBytes(coordinator.pid);
    const begun = committed(join(place.runs, place.runIds()[0]!));
    let most = before ?? 0;
    let sent = 0;
    const attacker = async (): Promise<void> => {
      while (sent < MESSAGES) {
        await attack(draw, said, () => sent++ < MESSAGES);
        most = Math.max(most, residentBytes(coordinator.pid) ?? 0);
      }
    };
    await Promise.all(Array.from({ length: AT_ONCE }, attacker));
    for (let count = 0; count < OVERSIZE; count++) {
      const transport: Transport = count % 2 === 0 ? 'gRPC' : 'WebSocket';
      const member = await RawMember.dial(addresses[transport], transport);
      if (count % 4 < 2) member.say(hello(addresses[transport]));
      member.send(oversize(draw));
      expect(['too-large', 'protocol', 'lost', 'refused']).toContain((await member.closed).code);
      most = Math.max(most, residentBytes(coordinator.pid) ?? 0);
    }
    // The run was going on all the while, and goes on.
    const directory = join(place.runs, place.runIds()[0]!);
    const after = committed(directory);
    expect(after).toBeGreaterThan(begun);
    await expect.poll(() => committed(directory)).toBeGreaterThan(after);
    coordinator.signal('SIGINT');
    const end = await coordinator.end();
    expect(end.code).toBe(EXIT.stopped);
    expect(end.stderr).not.toMatch(/"level":"error"|^\s+at |Please report|Unhandled/m);
    expect((await real.end()).code).toBe(EXIT.ok);
    if (before !== undefined) expect(most - before).toBeLessThan(GROWTH_BYTES);
    const rounds = committed(directory);
    expect(checkBooks(directory, { rounds, examplesOf: () => BATCH }).status).toBe('stopped');
  });
});
