import { afterEach, describe, expect, it, vi } from 'vitest';
import { loadOrCreateCertificate } from '../../../../node/tls.ts';
import { dialWebSocket } from '../../../../node/transports/websocket-client.ts';
import { listenWebSocket } from '../../../../node/transports/websocket-server.ts';
import type { Channel, Listener } from '../../../../shared/protocol/channel.ts';
import { ConnectProxy } from '../../../support/connect-proxy.ts';
import { temporaryFolder } from '../../../support/digits.ts';

const opened: { close(): Promise<void> }[] = [];
afterEach(async () => {
  vi.unstubAllEnvs();
  for (const one of opened.splice(0)) await one.close();
});

async function coordinator(
  tls?: Awaited<ReturnType<typeof loadOrCreateCertificate>>,
): Promise<Listener & { port: number }> {
  const listener = await listenWebSocket({
    address: '127.0.0.1:0',
    ...(tls ? { tls } : { insecure: 'loopback' as const }),
    onChannel: (channel: Channel) => channel.onMessage((bytes) => channel.send(new Uint8Array(bytes))),
  });
  opened.push(listener);
  return { ...listener, port: Number(listener.address.split(':').at(-1)) };
}

async function echo(channel: Channel): Promise<string> {
  const answer = new Promise<string>((resolve) =>
    channel.onMessage((bytes) => resolve(Buffer.from(bytes).toString())),
  );
  channel.send(Buffer.from('through'));
  const text = await answer;
  channel.close();
  return text;
}

describe('a WebSocket through a proxy', () => {
  it.each(['TLS', 'plaintext'])('that lets one port through, with %s inside', async (inside) => {
    const tls = inside === 'TLS' ? await loadOrCreateCertificate(temporaryFolder(), []) : undefined;
    const server = await coordinator(tls);
    const proxy = await ConnectProxy.open([server.port]);
    opened.push(proxy);
    const url = proxy.url.replace('http://', 'http://user:pass%20word@');
    vi.stubEnv(tls ? 'HTTPS_PROXY' : 'HTTP_PROXY', url);
    vi.stubEnv('NO_PROXY', '');
    const trust = tls ? { fingerprint: tls.fingerprint } : { insecure: true };
    expect(await echo(await dialWebSocket({ address: server.address, ...trust }))).toBe('through');
    expect(proxy.asked.length).toBeGreaterThan(0);
    for (const { target, status, authorization } of proxy.asked) {
      expect([target, status]).toEqual([server.address, 200]);
      expect(Buffer.from(authorization!.slice(6), 'base64').toString()).toBe('user:pass word');
    }
  });

  it('says which proxy does not let it through, and not its password', async () => {
    const server = await coordinator();
    const proxy = await ConnectProxy.open([]);
    opened.push(proxy);
    vi.stubEnv('HTTP_PROXY', proxy.url.replace('http://', 'http://user:s3cret@'));
    vi.stubEnv('NO_PROXY', '');
    const dialed = dialWebSocket({ address: server.address, insecure: true });
    await expect(dialed).rejects.toThrow(
      `the proxy ${proxy.url.slice(7)} does not let it through to ${server.address}: it answers 403`,
    );
    await expect(dialed).rejects.not.toThrow('s3cret');
  });

  it('is not taken where NO_PROXY says so', async () => {
    const server = await coordinator();
    vi.stubEnv('HTTP_PROXY', 'http://127.0.0.1:1');
    vi.stubEnv('NO_PROXY', '127.0.0.1');
    expect(await echo(await dialWebSocket({ address: server.address, insecure: true }))).toBe('through');
  });
});
