import { collectLessOften } from '../../node/heap.ts';
import { dialGrpc } from '../../node/transports/grpc-client.ts';
import { dialWebSocket } from '../../node/transports/websocket-client.ts';
import { encodeSection } from '../../shared/parameters/codecs/section.ts';
import { sectionParts } from '../../shared/parameters/codecs/section-parts.ts';
import { VectorMemory } from '../../shared/parameters/memory.ts';
import { createRandom } from '../../shared/parameters/random.ts';
import { FakeMember } from '../fake-member.ts';
import { BareClient } from '../throughput/bare-client.ts';
import { LeanMember } from '../throughput/lean-member.ts';
import type { MembersConfig } from './messages.ts';

// As the worker's command does.
collectLessOften('member');

/** Fake members in a process of their own; each has its own connection. */
const { address, fingerprint, token, count, layout, up, websocket, rows, lean } = JSON.parse(
  process.argv[2]!,
) as MembersConfig;
const open = websocket ? dialWebSocket : dialGrpc;
const vector = VectorMemory.create(layout.length).allocate(layout.length);
const random = createRandom(process.pid);
for (let index = 0; index < layout.length; index++) vector.view[index] = 1e-3 * (random.next() - 0.5);
const update = encodeSection(vector, sectionParts(layout, up), { codec: up });
const members = Array.from({ length: count }, async (_, index) => {
  const shared = { token, name: `fake-${process.pid}-${index}`, codec: up, update, floats: layout.length };
  if (lean) return new LeanMember(await BareClient.dial(address), { ...shared, rows: rows! }).finished;
  const dial = () => open({ address, fingerprint, insecure: fingerprint ? undefined : 'loopback' });
  return new FakeMember({ ...shared, dial, rows }).finished;
});
await Promise.all(members);
process.disconnect?.();
