import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { EXIT } from '../../cli/exit-codes.ts';
import { readRun } from '../../coordinator/store/read-run.ts';
import type { Job } from '../../shared/job/job.ts';
import { readModel } from '../../shared/onnx/read.ts';
import type { ParameterLayout } from '../../shared/parameters/layout.ts';
import { layoutOf } from '../../shared/parameters/layout-of.ts';
import { Reference } from '../../shared/parameters/reference.ts';
import { systemClock } from '../../shared/protocol/clock.ts';
import { type CountedChannel, counted } from '../../shared/protocol/counted-channel.ts';
import { MemberSession } from '../../shared/protocol/member-session.ts';
import type { AssignmentMessage, Welcome } from '../../shared/protocol/messages.ts';
import { MemoryChannel } from '../../simulation/memory-transport.ts';
import type { Member } from '../../worker/member.ts';
import { fetchReference } from '../../worker/reference.ts';
import { Cluster, TOKEN } from '../support/cluster.ts';
import { digitsData, digitsJob, MLP } from '../support/digits.ts';
import { digitTables, federatedJob } from '../support/federated.ts';
import { FederatedRun } from '../support/federated-run.ts';
import { FEDERATED_DIGITS, participate, sites } from '../support/participants.ts';
import { freePort } from '../support/ports.ts';
import { killAll, type TributaryProcess, tributary } from '../support/processes.ts';
import { Workplace } from '../support/small-job.ts';

/** The weights of digits' MLP: 64 · 48 + 48 + 48 · 10 + 10, each tensor at a multiple of four. */
const FLOATS = 64 * 48 + 48 + 480 + 12;
const WHOLE = 4 * FLOATS;
/** A scale for every 256 of the two matrices, and biases as float32. */
const AS_INT8 = 64 * 48 + 480 + 4 * (12 + 2) + 4 * 58;
/** Envelopes of a round beside the weights: the assignment, the offer, acknowledgements, heartbeats. */
const AROUND = 1000;

const int8: Job['wire'] = { down: 'f32', delta: 'int8', up: { kind: 'f32' } };

describe('gradients of two workers, whose weights are a step further in every round', async () => {
  const data = await digitsData();

  /** Bytes to each of them in a round, and the accuracy in the end. */
  async function train(wire: Job['wire']): Promise<{ readonly perRound: number; readonly accuracy: number }> {
    const changes = { model: MLP, epochs: 12, members: { minimum: 2, assignment: 'equal' }, wire } as const;
    const cluster = await Cluster.open(digitsJob(changes), data);
    for (const name of ['one', 'two']) await cluster.join(name);
    let accuracy = 0;
    const sent: number[] = [];
    cluster.coordinator.on('evaluated', ({ metrics }) => {
      accuracy = metrics['accuracy']!;
    });
    cluster.coordinator.on('round', ({ traffic }) => sent.push(traffic.sent));
    cluster.coordinator.start();
    const outcome = await cluster.coordinator.finished;
    await cluster.close();
    expect(outcome).toMatchObject({ reason: 'completed' });
    // The first rounds bring the model and the rows.
    return { perRound: (sent.at(-1)! - sent[9]!) / (sent.length - 10) / 2, accuracy };
  }

  let exact: Awaited<ReturnType<typeof train>>;
  beforeAll(async () => {
    exact = await train('f32');
  });

  it.each([
    ['int8', AS_INT8],
    ['bf16', 2 * FLOATS],
    ['f16', 2 * FLOATS],
  ] as const)('take the change as %s, and lose nothing', async (delta, bytes) => {
    const { perRound, accuracy } = await train({ down: 'f32', delta, up: { kind: 'f32' } });
    expect(exact.perRound).toBeGreaterThan(WHOLE);
    expect(perRound).toBeGreaterThan(bytes);
    expect(perRound).toBeLessThan(bytes + AROUND);
    expect(accuracy).toBeGreaterThanOrEqual(exact.accuracy - 0.005);
  });

  it('members that know no deltas, and those that come late, work beside the others on the same bits', async () => {
    const cluster = await Cluster.open(
      digitsJob({ model: MLP, rounds: 1000, epochs: undefined, wire: int8 }),
      data,
    );
    cluster.coordinator.start();
    try {
      const first = await join(cluster, { deltas: true });
      await first.answer(await first.assigned());
      await first.answer(await first.assigned());
      const step = await first.assigned();
      expect(step.reference).toMatchObject({ codec: 'int8', bases: [expect.stringContaining('version:')] });
      const held = await first.weights(step);
      // Its work goes to who is left.
      const old = await join(cluster, { deltas: false });
      const late = await join(cluster, { deltas: true });
      first.session.leave('that will do');
      const [plain, whole] = await Promise.all([old.assigned(), late.assigned()]);
      expect(plain.reference).toBeUndefined();
      expect(whole.reference).toEqual({ codec: 'int8', bases: [] });
      for (const [member, assignment] of [
        [old, plain],
        [late, whole],
      ] as const) {
        expect(assignment.weights).toBe(step.weights);
        expect(await member.weights(assignment)).toEqual(held);
      }
      for (const { session } of [first, old, late]) session.close();
    } finally {
      await cluster.close();
    }
  });
});

describe('participants over gRPC and WebSocket', () => {
  let run: FederatedRun | undefined;
  afterEach(async () => {
    await run?.close();
    run = undefined;
  });

  const TABLES = digitTables(3);
  const OVER = ['gRPC', 'WebSocket', 'gRPC'] as const;

  async function train(wire: Job['wire'], rounds: number) {
    const members = { minimum: 3, assignment: 'equal' } as const;
    const evaluate = { every: { rounds }, participants: 100 };
    const opened = await FederatedRun.open(federatedJob({ rounds, wire, members, evaluate }));
    run = opened;
    const channels: CountedChannel[] = [];
    let accuracy = 0;
    opened.coordinator.on('evaluated', ({ metrics }) => {
      accuracy = metrics['accuracy']!;
    });
    const after: number[] = [];
    opened.coordinator.on('round', () => after.push(total(channels)));
    opened.coordinator.start();
    for (const [index, table] of TABLES.entries()) {
      await opened.join(`site-${index}`, table, OVER[index], watching(channels));
    }
    expect(await opened.coordinator.finished).toMatchObject({ reason: 'completed' });
    await opened.close();
    run = undefined;
    // Received by each in a round, of those in which nothing else came.
    return { perRound: (after.at(-1)! - after[3]!) / (after.length - 4) / 3, accuracy };
  }

  it('are brought further by a quarter of the bytes, to the accuracy of f32', async () => {
    const exact = await train('f32', 30);
    const deltas = await train(int8, 30);
    console.log(
      `bytes down to each participant in a round: ${Math.round(exact.perRound)} as f32, ${Math.round(deltas.perRound)} as int8 deltas; accuracy ${exact.accuracy}, ${deltas.accuracy}`,
    );
    expect(exact.perRound).toBeGreaterThan(WHOLE);
    expect(exact.perRound).toBeLessThan(WHOLE + AROUND);
    expect(deltas.perRound).toBeGreaterThan(AS_INT8);
    expect(deltas.perRound).toBeLessThan(AS_INT8 + AROUND);
    expect(deltas.accuracy).toBeGreaterThanOrEqual(exact.accuracy - 0.005);
  });

  it.each([
    ['two or three rounds catches up by the deltas of those', 2, (bytes: number) => bytes < WHOLE],
    ['more rounds takes the weights whole', 8, (bytes: number) => bytes >= WHOLE],
  ])('who was away for %s', async (_, rounds, expected) => {
    const opened = await FederatedRun.open(
      federatedJob({ rounds: 500, wire: int8, members: { minimum: 2, assignment: 'equal' } }),
    );
    run = opened;
    const channels: CountedChannel[] = [];
    const members: Member[] = [];
    const back = new Promise<number>((resolve) => {
      let leftAlone = false;
      opened.coordinator.on('round', ({ round }) => {
        if (round === 2) members[0]!.pause();
        // One of two that are left stays: the run waits, and the one that comes back is not left behind further.
        if (round !== 1 + rounds) return;
        members[1]!.pause();
        leftAlone = true;
      });
      opened.coordinator.on('waiting', () => {
        if (!leftAlone) return;
        leftAlone = false;
        members[0]!.once('sending', () => resolve(channels[1]!.traffic.received));
        members[0]!.resume();
      });
    });
    for (const [index, table] of TABLES.entries()) {
      const watch = index === 0 ? watching(channels) : undefined;
      members.push(await opened.join(`site-${index}`, table, OVER[index], watch));
    }
    opened.coordinator.start();
    expect(await back).toSatisfy(expected);
    expect(channels).toHaveLength(2);
  });
});

describe('a coordinator that is killed', () => {
  afterAll(killAll);

  it('comes back, and the participants that hold what it sent before it died go on with it to the end', async () => {
    const wire = '{ down: { delta: int8 } }';
    const place = new Workplace({ ...FEDERATED_DIGITS, members: '{ minimum: 2 }', rounds: '120', wire });
    const joinFile = place.path('join.json');
    const port = await freePort();
    const start = (): TributaryProcess =>
      tributary([
        ...['coordinator', place.jobFile, '--run', 'killed', '--runs', place.runs],
        ...['--listen', `127.0.0.1:${port}`, '--join-file', joinFile],
      ]);
    const first = start();
    await first.saw(/--join/);
    const members = sites(2).map((site) => participate(site, joinFile));
    await first.saw(/round \d+\/120/);
    first.signal('SIGKILL');
    await first.ended;
    const second = start();
    const end = await second.end();
    expect(end.code).toBe(EXIT.ok);
    for (const member of members) expect((await member.end()).code).toBe(EXIT.ok);
    const accuracy = Number(/accuracy (\d+\.\d+) %(?![\s\S]*accuracy \d)/.exec(end.stdout)?.[1]);
    expect(accuracy).toBeGreaterThan(85);
    const reader = readRun(`${place.runs}/killed`);
    try {
      expect(reader.versions().at(-1)).toMatchObject({ round: 120, incarnation: 2 });
    } finally {
      reader.close();
    }
  });
});

function total(channels: readonly CountedChannel[]): number {
  return channels.reduce((sum, { traffic }) => sum + traffic.received, 0);
}

function watching(channels: CountedChannel[]) {
  return (channel: Parameters<typeof counted>[0]): CountedChannel => {
    const one = counted(channel);
    channels.push(one);
    return one;
  };
}

/** A worker in messages only, which looks at what it is sent. */
class Bare {
  private readonly queue: AssignmentMessage[] = [];
  private wake: (() => void) | undefined;
  private reference: Reference | undefined;
  private layout: ParameterLayout | undefined;
  private readonly welcomed: Promise<Welcome>;

  constructor(readonly session: MemberSession) {
    this.welcomed = new Promise((resolve) => session.once('welcome', resolve));
    session.on('assign', (assignment) => {
      this.queue.push(assignment);
      this.wake?.();
    });
    session.start();
  }

  async assigned(): Promise<AssignmentMessage> {
    const { blobs } = await this.welcomed;
    this.layout ??= layoutOf(readModel(await this.session.fetch(blobs['model']!)));
    while (this.queue.length === 0) {
      await new Promise<void>((resolve) => {
        this.wake = resolve;
      });
    }
    return this.queue.shift()!;
  }

  /** The weights that the assignment starts from, as float32. */
  async weights({ weights, reference }: AssignmentMessage): Promise<Uint8Array> {
    const fetch = (id: string) => this.session.fetch(id);
    if (!reference) return fetch(weights);
    this.reference ??= new Reference(this.layout!);
    const { whole, deltas } = await fetchReference(weights, reference, this.reference.id ?? '', fetch);
    if (whole) this.reference.take(weights, whole);
    for (const delta of deltas) this.reference.add(delta);
    return new Uint8Array(this.reference.vector.view.slice().buffer);
  }

  /** Hands in a gradient that is the same for every weight. */
  async answer(assignment: AssignmentMessage): Promise<void> {
    await this.weights(assignment);
    const { id, incarnation, work } = assignment;
    const values = new Float32Array(this.layout!.length);
    for (const { offset, length } of this.layout!.entries) values.fill(1, offset, offset + length);
    const examples = 'start' in work ? work.end - work.start : 0;
    const header = {
      examples,
      sums: { loss: examples, denominator: examples, correct: 0 },
      steps: 1,
      computeMs: 1,
    };
    const bytes = new Uint8Array(values.buffer);
    const section = {
      name: 'parameters',
      codec: 'f32',
      floats: values.length,
      bytes: bytes.length,
    } as const;
    const update = { assignment: id, incarnation, header, sections: [section], credit: 0 };
    expect(await this.session.upload(update, bytes)).toBe('received');
  }
}

async function join(cluster: Cluster, { deltas }: { readonly deltas: boolean }): Promise<Bare> {
  const session = new MemberSession({
    dial: async () => {
      const pair = MemoryChannel.pair(systemClock);
      cluster.coordinator.accept(pair.coordinator);
      return pair.member;
    },
    hello: {
      token: TOKEN,
      name: deltas ? 'follows' : 'of an earlier version',
      version: '0.0.0',
      capabilities: {
        ...{ engine: 'none', provider: 'none', threads: 1, ownData: false, dataHash: '' },
        codecs: ['f32'],
        ...(deltas && { deltas }),
      },
    },
  });
  return new Bare(session);
}
