import { afterEach, beforeEach, expect, it } from 'vitest';
import { readModel } from '../../shared/onnx/read.ts';
import { encodeSection } from '../../shared/parameters/codecs/section.ts';
import { sectionParts } from '../../shared/parameters/codecs/section-parts.ts';
import { UPDATE_CODEC_NAMES } from '../../shared/parameters/codecs/table.ts';
import type { UpdateCodec } from '../../shared/parameters/codecs/update-codec.ts';
import type { ParameterLayout } from '../../shared/parameters/layout.ts';
import { layoutOf } from '../../shared/parameters/layout-of.ts';
import { VectorMemory } from '../../shared/parameters/memory.ts';
import { systemClock } from '../../shared/protocol/clock.ts';
import { MemberSession } from '../../shared/protocol/member-session.ts';
import type { AssignmentMessage, UploadStatus, Welcome } from '../../shared/protocol/messages.ts';
import { MemoryChannel } from '../../simulation/memory-transport.ts';
import { Cluster, TOKEN } from '../support/cluster.ts';
import { digitsData, digitsJob } from '../support/digits.ts';

const data = await digitsData();
let cluster: Cluster;
const sessions: MemberSession[] = [];

beforeEach(async () => {
  const up = { kind: 'top-k', share: 0.05, errorFeedback: true } as const;
  cluster = await Cluster.open(
    digitsJob({ rounds: 1000, epochs: undefined, wire: { down: 'f16', up } }),
    data,
  );
  cluster.coordinator.start();
});
afterEach(async () => {
  for (const session of sessions.splice(0)) session.close();
  await cluster.close();
});

function join(codecs: readonly UpdateCodec[]): MemberSession {
  const capabilities = { engine: 'none', provider: 'none', threads: 1, ownData: false, dataHash: '' };
  const session = new MemberSession({
    dial: async () => {
      const pair = MemoryChannel.pair(systemClock);
      cluster.coordinator.accept(pair.coordinator);
      return pair.member;
    },
    hello: { token: TOKEN, name: codecs.join(), version: '0.0.0', capabilities: { ...capabilities, codecs } },
  });
  sessions.push(session);
  const queue: AssignmentMessage[] = [];
  given.set(session, queue);
  session.on('assign', (assignment) => queue.push(assignment));
  session.start();
  return session;
}

/** What each session was given and has not looked at. */
const given = new Map<MemberSession, AssignmentMessage[]>();

async function assigned(session: MemberSession): Promise<AssignmentMessage> {
  await expect.poll(() => given.get(session)!.length, { interval: 5 }).toBeGreaterThan(0);
  return given.get(session)!.shift()!;
}

it('a member that cannot decode the weights is refused, and told what it would need', async () => {
  const session = join(['f32', 'top-k']);
  const refusal = await new Promise((resolve) => session.on('refused', resolve));
  expect(refusal).toMatchObject({
    code: 'invalid',
    message: expect.stringMatching(/travel as f16, which this member cannot decode \(it can: f32, top-k\)/),
  });
});

it('each member is asked for what it can do', async () => {
  expect(await assigned(join(UPDATE_CODEC_NAMES))).toMatchObject({
    codec: 'f16',
    encoding: { codec: 'top-k', share: 0.05, errorFeedback: true, seed: expect.any(Number) },
  });
  // Its work is handed back, to the only one that is left.
  sessions[0]!.leave('it only asked');
  const asked = await assigned(join(['f32', 'f16']));
  expect(asked).toMatchObject({ codec: 'f16', encoding: { codec: 'f16' } });
  expect(asked.encoding).not.toHaveProperty('errorFeedback');
});

it('an update whose positions are not the model’s is refused with the reason, and the next one counts', async () => {
  const session = join(UPDATE_CODEC_NAMES);
  const welcome = new Promise<Welcome>((resolve) => session.once('welcome', resolve));
  const first = await assigned(session);
  const layout = layoutOf(readModel(await session.fetch((await welcome).blobs['model']!)));
  const broken = await hand(session, first, layout, (bytes, k) => {
    new DataView(bytes.buffer).setUint32(4 * (k - 1), 0xffff_fff0, true);
  });
  expect(broken).toBe('refused');
  const again = await assigned(session);
  expect(await hand(session, again, layout, () => {})).toBe('received');
  await expect.poll(() => cluster.coordinator.round).toBeGreaterThan(0);
});

/** Hands in an update of ones, with its bytes changed. */
async function hand(
  session: MemberSession,
  { id, incarnation, work, encoding }: AssignmentMessage,
  layout: ParameterLayout,
  change: (bytes: Uint8Array, k: number) => void,
): Promise<UploadStatus> {
  if (work.kind !== 'gradient') throw new Error(`a gradient was to be asked for, not ${work.kind}`);
  const vector = VectorMemory.create(layout.length).allocate(layout.length);
  vector.view.fill(1);
  const parts = sectionParts(layout, encoding!.codec);
  const bytes = encodeSection(vector, parts, encoding!);
  const total = parts.coded.reduce((sum, { start, end }) => sum + end - start, 0);
  change(bytes, Math.ceil(total * encoding!.share!));
  const examples = work.end - work.start;
  const sums = { loss: examples, denominator: examples, correct: 0 };
  const section = { name: 'parameters', codec: encoding!.codec, floats: layout.length, bytes: bytes.length };
  return session.upload(
    {
      assignment: id,
      incarnation,
      header: { examples, sums, steps: 1, computeMs: 1 },
      sections: [section],
      credit: 0,
    },
    bytes,
  );
}
