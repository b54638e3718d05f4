import { afterEach, expect, it } from 'vitest';
import { WebSocket } from 'ws';
import { listenWebSocket } from '../../node/transports/websocket-server.ts';
import type { Listener } from '../../shared/protocol/channel.ts';
import { systemClock } from '../../shared/protocol/clock.ts';
import { dialPage, type StandardSocket } from '../../shared/protocol/page-channel.ts';
import { freePort } from '../support/ports.ts';
import {
  expectSame,
  FakeCoordinator,
  member,
  pseudoRandomBytes,
  updateOf,
} from '../unit/protocol/harness.ts';

let listener: Listener | undefined;

afterEach(() => listener?.close());

/** A standard WebSocket outside of a page. */
const create = (url: string): StandardSocket => new WebSocket(url) as unknown as StandardSocket;

it('a page’s WebSocket carries a session, with the checksums that a page has', async () => {
  const coordinator = new FakeCoordinator(systemClock, { chunkBytes: 64 << 10 });
  listener = await listenWebSocket({
    address: '127.0.0.1:0',
    insecure: 'loopback',
    onChannel: coordinator.accept,
  });
  const url = `ws://${listener.address}/session`;
  const session = member(systemClock, () => dialPage(url, create), { hasher: undefined });
  session.start();
  const weights = pseudoRandomBytes(1_000_000);
  const payload = pseudoRandomBytes(1_000_000, 2);
  expectSame(await session.fetch(coordinator.add(weights)), weights);
  expect(await session.upload(updateOf(payload), payload)).toBe('received');
  expectSame(coordinator.updates[0]?.payload, payload);
  const gone = new Promise<string>((resolve) => session.on('disconnected', (reason) => resolve(reason.code)));
  coordinator.last.close();
  expect(await gone).toBe('ok');
  session.close();
});

it('a page that reaches nobody says so', async () => {
  await expect(dialPage(`ws://127.0.0.1:${await freePort()}/session`, create)).rejects.toMatchObject({
    reason: { code: 'unreachable' },
  });
});
