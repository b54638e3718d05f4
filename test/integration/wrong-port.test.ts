import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { loadOrCreateCertificate } from '../../node/tls.ts';
import { dialGrpc } from '../../node/transports/grpc-client.ts';
import { listenGrpc } from '../../node/transports/grpc-server.ts';
import { dialWebSocket } from '../../node/transports/websocket-client.ts';
import { listenWebSocket } from '../../node/transports/websocket-server.ts';
import type { Channel, Listener } from '../../shared/protocol/channel.ts';
import { ChannelError } from '../../shared/protocol/errors.ts';
import { MemberSession } from '../../shared/protocol/member-session.ts';
import { temporaryFolder } from '../support/digits.ts';
import { freePort } from '../support/ports.ts';

const LISTEN = { grpc: listenGrpc, websocket: listenWebSocket };
const DIAL = { grpc: dialGrpc, websocket: dialWebSocket };
const TRANSPORTS = ['grpc', 'websocket'] as const;

const open: Listener[] = [];
const addresses = new Map<string, string>();
let fingerprint = '';

beforeAll(async () => {
  const tls = await loadOrCreateCertificate(temporaryFolder(), ['127.0.0.1']);
  fingerprint = tls.fingerprint;
  for (const transport of TRANSPORTS) {
    for (const [name, security] of [['tls', { tls }] as const, ['plain', { insecure: true }] as const]) {
      const onChannel = () => undefined;
      const listener = await LISTEN[transport]({ address: '127.0.0.1:0', ...security, onChannel });
      open.push(listener);
      addresses.set(`${transport} ${name}`, listener.address);
    }
  }
});

afterAll(async () => {
  await Promise.all(open.map((listener) => listener.close()));
});

/** Whether a session ends at what it meets, or goes on trying. */
async function firstNews(dial: () => Promise<Channel>): Promise<'refused' | 'disconnected'> {
  const capabilities = {
    engine: '',
    provider: '',
    threads: 1,
    codecs: [],
    ownData: false,
    dataHash: '',
    deltas: false,
  };
  const session = new MemberSession({ dial, hello: { token: 't', name: 'n', version: '0', capabilities } });
  const news = new Promise<'refused' | 'disconnected'>((resolve) => {
    session.on('refused', () => resolve('refused'));
    session.on('disconnected', () => resolve('disconnected'));
  });
  session.start();
  return await news.finally(() => session.close());
}

const WITHOUT_TLS = 'does not speak TLS: .* with --insecure in place of --fingerprint';
const WITH_TLS = 'speaks TLS: join with the coordinator’s fingerprint, and without --insecure';
const IS_WEBSOCKET = 'answers as a WebSocket port does, .* join it with --websocket';
const IS_GRPC = 'answers as a gRPC port does, .* join it without --websocket';

describe('a port that is not the one that was meant', () => {
  const rows = TRANSPORTS.flatMap((met) =>
    TRANSPORTS.flatMap((meant) => [
      { met: `${met} tls`, meant, secure: true, said: [] as string[] },
      { met: `${met} tls`, meant, secure: false, said: [WITH_TLS] },
      { met: `${met} plain`, meant, secure: true, said: [WITHOUT_TLS] },
      { met: `${met} plain`, meant, secure: false, said: [] as string[] },
    ]).map((row) =>
      row.met.startsWith(row.meant)
        ? row
        : { ...row, said: [...row.said, row.met.startsWith('grpc') ? IS_GRPC : IS_WEBSOCKET] },
    ),
  ).filter(({ said }) => said.length > 0);

  it.each(rows)(
    '$met where $meant with TLS $secure is meant: says what was met, and what to type',
    async (row) => {
      const address = addresses.get(row.met)!;
      const trust = row.secure ? { fingerprint } : { insecure: true };
      const error: unknown = await DIAL[row.meant]({ address, ...trust }).catch((error: unknown) => error);
      expect(error).toBeInstanceOf(ChannelError);
      expect((error as Error).message).toMatch(new RegExp(`^${address} ${row.said.join('; and it ')}`));
    },
  );

  it.each(rows)('$met where $meant with TLS $secure is meant: is not tried again', async (row) => {
    const trust = row.secure ? { fingerprint } : { insecure: true };
    const dial = () => DIAL[row.meant]({ address: addresses.get(row.met)!, ...trust });
    expect(await firstNews(dial)).toBe('refused');
  });

  it.each(TRANSPORTS)('one where nobody listens yet is tried again with %s', async (transport) => {
    const address = `127.0.0.1:${await freePort()}`;
    expect(await firstNews(() => DIAL[transport]({ address, insecure: true }))).toBe('disconnected');
  });

  it('covers every way to be wrong', () => {
    expect(rows).toHaveLength(12);
  });
});
