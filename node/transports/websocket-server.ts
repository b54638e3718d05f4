import { createServer as createHttpServer, type RequestListener, type Server } from 'node:http';
import { createServer as createHttpsServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { WebSocketServer } from 'ws';
import type { Listener } from '../../shared/protocol/channel.ts';
import { DEFAULT_LIMITS } from '../../shared/protocol/limits.ts';
import { formatAddress } from './address.ts';
import { closing } from './closing.ts';
import { checkedAddress, DEFAULT_CONNECTIONS, type ListenOptions } from './listen-options.ts';
import { openingError } from './native-errors.ts';
import { WebSocketChannel } from './websocket-channel.ts';

/** Where sessions are on an HTTP server. */
export const SESSION_PATH = '/session';

/** Milliseconds that a request for a page may take to arrive. */
const REQUEST_MS = 10_000;

/**
 * Listens for members over WebSocket.
 *
 * @param options.pages answers what asks for no session
 * @throws ChannelError `address`, `insecure`, `in-use`
 */
export async function listenWebSocket(
  options: ListenOptions & { readonly pages?: RequestListener },
): Promise<Listener> {
  const { host, port } = await checkedAddress(options);
  const { tls, limits } = options;
  const requests = { maxHeaderSize: 8192, requestTimeout: REQUEST_MS, headersTimeout: REQUEST_MS };
  const http: Server = tls
    ? createHttpsServer({ cert: tls.cert, key: tls.key, ...requests })
    : createHttpServer(requests);
  const close = closing(http);
  http.on('request', options.pages ?? nothingHere);
  const server = new WebSocketServer({
    server: http,
    path: SESSION_PATH,
    maxPayload: limits?.envelopeBytes ?? DEFAULT_LIMITS.envelopeBytes,
    // Weights do not compress, and a compressed bomb does expand.
    perMessageDeflate: false,
    clientTracking: true,
  });
  const maximum = limits?.connections ?? DEFAULT_CONNECTIONS;
  server.on('connection', (socket, request) => {
    const { remoteAddress = 'unknown', remotePort = 0 } = request.socket;
    const channel = new WebSocketChannel(socket, {
      remote: formatAddress({ host: remoteAddress, port: remotePort }),
      tls: tls !== undefined,
    });
    if (server.clients.size > maximum) {
      const message = `the coordinator holds ${maximum} connections, its limit: try again later`;
      channel.close({ code: 'lost', message });
      return;
    }
    options.onChannel(channel);
  });
  await new Promise<void>((resolve, reject) => {
    http.once('error', (error) => {
      const address = formatAddress({ host, port });
      reject(openingError(error, { doing: 'listen', address, tls: tls !== undefined }));
    });
    http.listen(port, host, resolve);
  });
  // A handshake that fails is its peer's affair.
  http.on('error', () => undefined);
  return {
    address: formatAddress({ host, port: (http.address() as AddressInfo).port }),
    close: () =>
      close(() => {
        server.close();
        for (const client of server.clients) client.close(1000);
        http.closeIdleConnections();
      }),
  };
}

const nothingHere: RequestListener = (_request, response) => {
  response.writeHead(404, { 'content-type': 'text/plain; charset=utf-8' });
  response.end(`Members connect to ${SESSION_PATH}.\n`);
};
