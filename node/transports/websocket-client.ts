import { type ClientOptions, WebSocket } from 'ws';
import type { Channel } from '../../shared/protocol/channel.ts';
import { ChannelError } from '../../shared/protocol/errors.ts';
import { formatAddress } from './address.ts';
import { checkedTarget, type DialOptions } from './dial-options.ts';
import { openingError } from './native-errors.ts';
import { plaintextFailure } from './pinned-certificate.ts';
import { WebSocketChannel } from './websocket-channel.ts';
import { SESSION_PATH } from './websocket-server.ts';

const HANDSHAKE_MS = 10_000;

/**
 * Connects to a coordinator over WebSocket.
 *
 * @throws ChannelError `address`, `insecure`, `certificate`, `not-tls`, `unreachable`
 */
export async function dialWebSocket(options: DialOptions): Promise<Channel> {
  const { address, trust, envelopeBytes } = await checkedTarget(options);
  const remote = formatAddress(address);
  const socket = new WebSocket(`${trust ? 'wss' : 'ws'}://${remote}${SESSION_PATH}`, {
    perMessageDeflate: false,
    maxPayload: envelopeBytes,
    handshakeTimeout: HANDSHAKE_MS,
    ...(trust as ClientOptions | undefined),
  });
  return await new Promise<Channel>((resolve, reject) => {
    socket.once('open', () => resolve(new WebSocketChannel(socket, { remote, tls: trust !== undefined })));
    socket.once('unexpected-response', (_request, response) => {
      socket.terminate();
      const message = `what answers at ${remote} is no coordinator of tributary (HTTP ${response.statusCode}): check the port`;
      reject(new ChannelError({ code: 'unreachable', message }));
    });
    socket.once('error', (error) => {
      if (trust === undefined) void plaintextFailure(address, error).then(reject);
      else reject(openingError(error, { doing: 'connect', address: remote, tls: true }));
    });
  });
}
