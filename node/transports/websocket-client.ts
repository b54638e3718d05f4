import { isIP, type Socket } from 'node:net';
import { type ConnectionOptions, connect as connectTls } from 'node:tls';
import { type ClientOptions, WebSocket } from 'ws';
import type { Channel } from '../../shared/protocol/channel.ts';
import { ChannelError } from '../../shared/protocol/errors.ts';
import { type Address, formatAddress } from './address.ts';
import { checkedTarget, type DialOptions } from './dial-options.ts';
import { openingError } from './native-errors.ts';
import type { Via } from './pinned-certificate.ts';
import { proxyOf, tunnel } from './tunnel.ts';
import { WebSocketChannel } from './websocket-channel.ts';
import { SESSION_PATH } from './websocket-server.ts';
import { explained } from './what-answers.ts';

const HANDSHAKE_MS = 10_000;

/**
 * Connects to a coordinator over WebSocket, through the proxy that the environment names for it (HTTPS_PROXY, HTTP_PROXY, NO_PROXY).
 *
 * @throws ChannelError `address`, `insecure`, `certificate`, `not-tls`, `unreachable`
 */
export async function dialWebSocket(options: DialOptions): Promise<Channel> {
  const { address, trust, envelopeBytes, via } = await checkedTarget(options, 'websocket', proxied);
  const through = await via?.();
  const remote = formatAddress(address);
  const inside = (tls: ConnectionOptions): Socket =>
    connectTls({ ...tls, socket: through, servername: isIP(address.host) ? '' : address.host });
  const socket = new WebSocket(`${trust ? 'wss' : 'ws'}://${remote}${SESSION_PATH}`, {
    perMessageDeflate: false,
    maxPayload: envelopeBytes,
    handshakeTimeout: HANDSHAKE_MS,
    ...(trust as ClientOptions | undefined),
    ...(through && {
      createConnection: (trust ? inside : () => through) as NonNullable<ClientOptions['createConnection']>,
    }),
  });
  const wanted = { tls: trust !== undefined, transport: 'websocket' } as const;
  return await new Promise<Channel>((resolve, reject) => {
    let isDecided = false;
    const fail = (error: ChannelError): void => {
      if (!isDecided) void explained(error, address, wanted, via).then(reject);
      isDecided = true;
    };
    socket.once('open', () => {
      isDecided = true;
      resolve(new WebSocketChannel(socket, { remote, tls: wanted.tls }));
    });
    socket.once('unexpected-response', (_request, response) => {
      const message = `what answers at ${remote} is no coordinator of tributary (HTTP ${response.statusCode}): check the port`;
      const failure = new ChannelError({ code: 'unreachable', message });
      // A proxy that answers for a coordinator that is away speaks what it likes.
      if ((response.statusCode ?? 0) >= 500) reject(failure);
      else fail(failure);
      isDecided = true;
      socket.terminate();
    });
    socket.once('error', (error) => {
      fail(openingError(error, { doing: 'connect', address: remote, tls: wanted.tls }));
    });
  });
}

function proxied(address: Address, tls: boolean): Via | undefined {
  const proxy = proxyOf(address, tls);
  return proxy && (() => tunnel(proxy, address));
}
