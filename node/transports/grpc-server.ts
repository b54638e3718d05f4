import {
  createSecureServer,
  createServer,
  type Http2Server,
  type IncomingHttpHeaders,
  type ServerHttp2Session,
  type ServerHttp2Stream,
} from 'node:http2';
import type { AddressInfo } from 'node:net';
import { status } from '@grpc/grpc-js';
import type { Listener } from '../../shared/protocol/channel.ts';
import { DEFAULT_LIMITS } from '../../shared/protocol/limits.ts';
import { formatAddress } from './address.ts';
import { closing } from './closing.ts';
import { SESSION_METHOD, WINDOW_BYTES } from './grpc-service.ts';
import { Http2Channel } from './http2-channel.ts';
import { checkedAddress, DEFAULT_CONNECTIONS, FLUSH_MS, type ListenOptions } from './listen-options.ts';
import { openingError } from './native-errors.ts';
import { statusMessage } from './status-message.ts';

/** One stream is one member; a peer gains nothing by opening more on its connection. */
const STREAMS = 4;

/** Megabytes that Node may hold for one connection: what waits for the peer is bounded by the channel. */
const SESSION_MEMORY = 64;

/**
 * Listens for members over gRPC.
 *
 * @throws ChannelError `address`, `insecure`, `in-use`
 */
export async function listenGrpc(options: ListenOptions): Promise<Listener> {
  const { host, port } = await checkedAddress(options);
  const { limits, tls, onChannel } = options;
  const settings = {
    settings: { initialWindowSize: WINDOW_BYTES, maxConcurrentStreams: STREAMS },
    maxSessionMemory: SESSION_MEMORY,
  };
  const server: Http2Server = tls
    ? createSecureServer({ cert: tls.cert, key: tls.key, ...settings })
    : createServer(settings);
  const maximum = limits?.connections ?? DEFAULT_CONNECTIONS;
  const close = closing(server);
  const sessions = new Set<ServerHttp2Session>();
  const open = new Set<Http2Channel>();
  server.on('session', (session) => {
    sessions.add(session);
    session.once('close', () => sessions.delete(session));
    session.setLocalWindowSize(WINDOW_BYTES);
  });
  // What is wrong with a connection is its peer's affair.
  server.on('sessionError', () => undefined);
  server.on('stream', (stream, headers) => {
    const wrong = misdirected(headers);
    if (wrong) return refuse(stream, status.UNIMPLEMENTED, wrong);
    if (open.size >= maximum) {
      const details = `the coordinator holds ${maximum} connections, its limit: try again later`;
      return refuse(stream, status.UNAVAILABLE, details);
    }
    const { remoteAddress = 'unknown', remotePort = 0 } = stream.session?.socket ?? {};
    const channel = new Http2Channel(stream, {
      remote: formatAddress({ host: remoteAddress, port: remotePort }),
      tls: tls !== undefined,
      limit: limits?.envelopeBytes ?? DEFAULT_LIMITS.envelopeBytes,
      flushMs: limits?.flushMs ?? FLUSH_MS,
    });
    open.add(channel);
    stream.once('close', () => open.delete(channel));
    stream.respond(RESPONSE, { waitForTrailers: true });
    onChannel(channel);
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', (error) => {
      const address = formatAddress({ host, port });
      reject(openingError(error, { doing: 'listen', address, tls: tls !== undefined }));
    });
    server.listen(port, host, resolve);
  });
  server.on('error', () => undefined);
  return {
    address: formatAddress({ host, port: (server.address() as AddressInfo).port }),
    close: async () => {
      for (const channel of open) channel.close({ code: 'ok', message: 'the coordinator has stopped' });
      await close(() => {
        for (const session of sessions) session.close();
      });
    },
  };
}

const RESPONSE = { ':status': 200, 'content-type': 'application/grpc+proto' } as const;

/** Why a request is none for a session; undefined when it is one. */
function misdirected(
  headers: IncomingHttpHeaders & { ':method'?: string; ':path'?: string },
): string | undefined {
  const { ':method': method, ':path': path, 'content-type': type } = headers;
  if (method === 'POST' && path === SESSION_METHOD.path && type?.startsWith('application/grpc'))
    return undefined;
  return `there is nothing here but ${SESSION_METHOD.path}`;
}

/** A gRPC response of trailers only. */
function refuse(stream: ServerHttp2Stream, code: number, details: string): void {
  stream.on('error', () => undefined);
  const trailers = { 'grpc-status': String(code), 'grpc-message': statusMessage(details) };
  stream.respond({ ...RESPONSE, ...trailers }, { endStream: true });
  stream.resume();
}
