import { afterEach, describe, expect, it } from 'vitest';
import { coordinate, type RunMessage } from '../../launch/coordinate.ts';
import { dialGrpc } from '../../node/transports/grpc-client.ts';
import { dialWebSocket } from '../../node/transports/websocket-client.ts';
import type { Channel } from '../../shared/protocol/channel.ts';
import { tributary } from '../../shared/protocol/gen/wire.js';
import { createMember } from '../../worker/create-member.ts';
import { ownTable } from '../../worker/data/own-table.ts';
import type { Member } from '../../worker/member.ts';
import { temporaryFolder } from '../support/digits.ts';
import { Workplace } from '../support/small-job.ts';

type Envelope = tributary.v1.Envelope;

/** Of one participant's rows: numbers that nothing else makes, a secret in a column that is not asked for, a word of one row. */
const CANARIES = [0.7364518237, 0.1928374655, -0.5647382914, 0.9182736451];
const SECRET = 'CANARY-c7e1f09ab3-Grete-Hermann';
const RARE = 'Zwischenahn-canary-8c1f';

let members: Member[] = [];
afterEach(async () => {
  await Promise.all(members.map((member) => member.leave()));
  members = [];
});

function table(withCanaries: boolean): string {
  const rows = Array.from({ length: 40 }, (_, row) => {
    const x = withCanaries && row < CANARIES.length ? CANARIES[row]! : Math.sin(row);
    const y = withCanaries && row < CANARIES.length ? CANARIES[CANARIES.length - 1 - row]! : Math.cos(row);
    const town = withCanaries && row === 7 ? RARE : row % 2 ? 'Ulm' : 'Bonn';
    const label = x > 0 ? 'blue' : 'red';
    return `${x},${y},${town},${withCanaries ? `${SECRET}-${row}` : 'nobody'},${label}`;
  });
  return `x,y,town,name,label\n${rows.join('\n')}\n`;
}

/** What one member says, byte for byte. */
function recorded(channel: Channel, said: Uint8Array[]): Channel {
  return {
    remote: channel.remote,
    intact: channel.intact,
    send: (message, taken) => {
      said.push(new Uint8Array(message));
      channel.send(message, taken);
    },
    drained: () => channel.drained(),
    close: (reason) => channel.close(reason),
    onMessage: (handler) => channel.onMessage(handler),
    onClose: (handler) => channel.onClose(handler),
  };
}

/** A whole run of two participants; everything that the one with the canaries sends. */
async function run(transport: 'gRPC' | 'WebSocket', wire: string): Promise<Envelope[]> {
  const place = new Workplace({
    data: '{ held-by: members, features: { columns: [x, y, town], categories: [town], normalize: standardize }, target: { column: label } }',
    model: '{ tabular: { hidden: [8] } }',
    strategy: '{ fedavg: 2 }',
    optimizer: '{ sgd: 0.1 }',
    epochs: undefined,
    rounds: '4',
    batch: '8',
    wire,
    evaluate: '{ every: { rounds: 2 } }',
    members: '{ minimum: 2 }',
  });
  const tables = [place.write('a.csv', table(true)), place.write('b.csv', table(false))];
  const said: Uint8Array[] = [];
  const { done } = await coordinate(
    {
      job: place.jobFile,
      runs: place.runs,
      listen: { grpc: '127.0.0.1:0', websocket: '127.0.0.1:0', insecure: true },
    },
    (message: RunMessage) => {
      if (message.event !== 'surveying') return;
      const { address, websocket, token } = message.values[0];
      const dial = (): Promise<Channel> =>
        transport === 'gRPC'
          ? dialGrpc({ address, insecure: true })
          : dialWebSocket({ address: websocket!, insecure: true });
      for (const [index, file] of tables.entries()) {
        void createMember({
          dial: async () => (index === 0 ? recorded(await dial(), said) : dial()),
          ...{ token, name: `site-${index}`, engine: 'cpu', threads: 1, cache: temporaryFolder() },
          own: ownTable(file, temporaryFolder()),
        }).then((member) => {
          members.push(member);
          member.start();
        });
      }
    },
  );
  expect((await done).reason).toBe('completed');
  const raw = Buffer.concat(said);
  for (const needle of needles()) {
    expect(raw.includes(needle.bytes), `${needle.what} is in what was sent`).toBe(false);
  }
  // The search finds what is there: the member's name.
  expect(raw.includes('site-0')).toBe(true);
  return said.map((bytes) => tributary.v1.Envelope.decode(bytes));
}

/** Every form in which a row could be in the bytes. */
function needles(): { readonly what: string; readonly bytes: Buffer }[] {
  const numbers = CANARIES.flatMap((value) => {
    const float = new Float32Array([value]);
    return [
      { what: `${value} as text`, bytes: Buffer.from(String(value)) },
      { what: `${value} as float32`, bytes: Buffer.from(float.buffer) },
      { what: `${value} as float64`, bytes: Buffer.from(new Float64Array([value]).buffer) },
      { what: `${value} as a float32 in float64`, bytes: Buffer.from(new Float64Array(float).buffer) },
    ];
  });
  // A row's two numbers, one behind the other, in the short encodings.
  const pairs = CANARIES.flatMap((x, row) => {
    const pair = [x, CANARIES[CANARIES.length - 1 - row]!];
    return [
      { what: `row ${row} as bf16`, bytes: Buffer.from(Uint16Array.from(pair, bf16).buffer) },
      { what: `row ${row} as f16`, bytes: Buffer.from(Uint16Array.from(pair, f16).buffer) },
    ];
  });
  return [
    ...numbers,
    ...pairs,
    { what: 'the secret column', bytes: Buffer.from(SECRET) },
    { what: 'the rare word', bytes: Buffer.from(RARE) },
  ];
}

function bf16(value: number): number {
  return new Uint32Array(new Float32Array([value]).buffer)[0]! >>> 16;
}

/** Of numbers between 2^-14 and 2, rounded down. */
function f16(value: number): number {
  const exponent = Math.floor(Math.log2(Math.abs(value)));
  const fraction = Math.floor((Math.abs(value) / 2 ** exponent - 1) * 1024);
  return ((value < 0 ? 1 : 0) << 15) | ((exponent + 15) << 10) | fraction;
}

/** What a participant may say, and nothing else. */
const SPOKEN = [
  'hello',
  'ready',
  'heartbeat',
  'want',
  'accept',
  'credit',
  'done',
  'offer',
  'chunk',
] as const satisfies readonly (keyof Envelope)[];

const SUMS =
  /^(examples|loss|denominator|correct|confusion(\.\d+)*|rows|(sum|squares)\/[01]|class\/(blue|red)|word\/2\/(Ulm|Bonn))$/;

describe('no row leaves a participant', () => {
  it.each([
    ['gRPC', 'f32'],
    ['WebSocket', 'f32'],
    ['gRPC', 'f16'],
    ['WebSocket', '{ down: f32, up: bf16 }'],
    ['gRPC', '{ down: f32, up: int8 }'],
    ['WebSocket', '{ down: f32, up: { top-k: 0.3 } }'],
    ['gRPC', '{ down: f32, up: { random-k: 0.3 } }'],
    ['WebSocket', '{ down: f32, up: sign }'],
  ] as const)('over %s, updates as %s', async (transport, wire) => {
    const envelopes = await run(transport, wire);
    const offers = envelopes.flatMap(({ offer }) => (offer ? [offer] : []));
    for (const envelope of envelopes) {
      const kinds = Object.keys(envelope).filter((kind) => envelope[kind as keyof Envelope]);
      expect(SPOKEN).toEqual(expect.arrayContaining(kinds.filter((kind) => !kind.startsWith('$'))));
    }
    // Updates: one section of the model's size; surveys and evaluations: sums only.
    const updates = offers.map(({ update }) => update!);
    const trained = updates.filter(({ sections }) => (sections ?? []).length > 0);
    expect(trained).toHaveLength(4);
    for (const { sections } of trained) {
      expect(sections!.map(({ name }) => name)).toEqual(['parameters']);
      expect(new Set(trained.map((update) => Number(update.sections![0]!.floats))).size).toBe(1);
    }
    const sums = updates.filter(({ sections }) => (sections ?? []).length === 0);
    expect(sums.length).toBeGreaterThanOrEqual(3);
    for (const { sums: named } of updates) {
      for (const name of Object.keys(named ?? {})) expect(name).toMatch(SUMS);
    }
    const announced = offers.reduce((total, { size }) => total + Number(size ?? 0), 0);
    const sent = envelopes.reduce((total, { chunk }) => total + (chunk?.data?.length ?? 0), 0);
    expect(sent).toBe(announced);
  });
});
