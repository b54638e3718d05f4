import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Registry } from 'prom-client';
import { ChannelError } from '../shared/protocol/errors.ts';

/** The state of a process, for `/healthz`: answered with 200 when healthy, else 503. */
export interface Health {
  readonly healthy: boolean;
  /** A word: `running`, `waiting`, `finished`. */
  readonly state: string;
  readonly [fact: string]: unknown;
}

export interface HttpServer {
  /** HOST:PORT that it listens on. */
  readonly address: string;
  close(): Promise<void>;
}

/**
 * Serves `/metrics` (Prometheus) and `/healthz` (JSON), and nothing else.
 *
 * @param address HOST:PORT; port 0 takes a free one, an IPv6 host stands in brackets
 * @throws ChannelError `in-use` or `address`
 */
export async function serveHttp(
  address: string,
  registry: Registry,
  health: () => Health,
): Promise<HttpServer> {
  const { host, port } = split(address);
  const server = createServer({ maxHeaderSize: 8192, requestTimeout: 10_000 }, (request, response) => {
    answer(request, response, registry, health).catch((error: unknown) => {
      response.writeHead(500, { 'content-type': 'text/plain; charset=utf-8' });
      response.end(`${error instanceof Error ? error.message : String(error)}\n`);
    });
  });
  server.maxConnections = 64;
  await new Promise<void>((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) => reject(described(error, address)));
    server.listen({ host, port }, resolve);
  });
  const bound = server.address() as AddressInfo;
  const shownHost = bound.family === 'IPv6' ? `[${bound.address}]` : bound.address;
  return {
    address: `${shownHost}:${bound.port}`,
    close: () =>
      new Promise((resolve, reject) => {
        server.close((error) => (error ? reject(error) : resolve()));
        server.closeAllConnections();
      }),
  };
}

async function answer(
  request: IncomingMessage,
  response: ServerResponse,
  registry: Registry,
  health: () => Health,
): Promise<void> {
  // It takes no bodies.
  request.resume();
  const [path] = (request.url ?? '/').split('?');
  const known = path === '/metrics' || path === '/healthz';
  if (!known)
    return send(request, response, 404, 'text/plain; charset=utf-8', 'See /metrics and /healthz.\n');
  if (request.method !== 'GET' && request.method !== 'HEAD') {
    response.setHeader('allow', 'GET, HEAD');
    return send(request, response, 405, 'text/plain; charset=utf-8', 'Only GET and HEAD.\n');
  }
  if (path === '/metrics') {
    return send(request, response, 200, registry.contentType, await registry.metrics());
  }
  const state = health();
  send(request, response, state.healthy ? 200 : 503, 'application/json', `${JSON.stringify(state)}\n`);
}

function send(
  request: IncomingMessage,
  response: ServerResponse,
  status: number,
  type: string,
  body: string,
): void {
  response.writeHead(status, {
    'content-type': type,
    'content-length': Buffer.byteLength(body),
    'cache-control': 'no-store',
    'x-content-type-options': 'nosniff',
  });
  response.end(request.method === 'HEAD' ? undefined : body);
}

function split(address: string): { host: string; port: number } {
  const match = /^(?:\[([^\]]+)\]|([^:]+)):(\d{1,5})$/.exec(address);
  const port = Number(match?.[3]);
  if (!match || port > 65_535) {
    const message = `"${address}" is not HOST:PORT, such as 127.0.0.1:9464.`;
    throw new ChannelError({ code: 'address', message });
  }
  return { host: match[1] ?? match[2]!, port };
}

function described(error: NodeJS.ErrnoException, address: string): Error {
  const cause = { cause: error };
  if (error.code === 'EADDRINUSE') {
    const message = `Another program listens on ${address}: choose another port for --metrics, or 0 for a free one.`;
    return new ChannelError({ code: 'in-use', message }, cause);
  }
  if (error.code === 'EADDRNOTAVAIL' || error.code === 'ENOTFOUND' || error.code === 'EACCES') {
    const message = `Cannot listen on ${address} (${error.code}): it is no address of this machine, or the port needs more rights.`;
    return new ChannelError({ code: 'address', message }, cause);
  }
  return error;
}
