import { request as requestPlain } from 'node:http';
import { request as requestTls } from 'node:https';
import type { Socket } from 'node:net';
import { getProxyForUrl } from 'proxy-from-env';
import { ChannelError } from '../../shared/protocol/errors.ts';
import { type Address, formatAddress } from './address.ts';

const TUNNEL_MS = 10_000;

/**
 * The proxy that the environment names for an address (HTTPS_PROXY, HTTP_PROXY, ALL_PROXY, NO_PROXY); undefined: none, it is reached
 * directly.
 */
export function proxyOf(address: Address, tls: boolean): URL | undefined {
  const url = getProxyForUrl(`${tls ? 'https' : 'http'}://${formatAddress(address)}`);
  if (url === '') return undefined;
  const proxy = URL.canParse(url) ? new URL(url) : undefined;
  if (proxy && /^https?:$/.test(proxy.protocol)) return proxy;
  const message = `the proxy that the environment names is no http:// or https:// address: see HTTPS_PROXY and HTTP_PROXY`;
  throw new ChannelError({ code: 'address', message });
}

/**
 * A connection to an address through an HTTP proxy, by its CONNECT (RFC 9110, 9.3.6). What goes through it afterwards is end to end: the
 * proxy sees TLS.
 *
 * @throws ChannelError `unreachable`, which names the proxy, without its password
 */
export function tunnel(proxy: URL, address: Address): Promise<Socket> {
  const target = formatAddress(address);
  const { username, password, hostname, protocol } = proxy;
  const credentials = `${decodeURIComponent(username)}:${decodeURIComponent(password)}`;
  const request = (protocol === 'https:' ? requestTls : requestPlain)({
    host: hostname.replace(/^\[(.*)\]$/, '$1'),
    port: proxy.port || (protocol === 'https:' ? 443 : 80),
    method: 'CONNECT',
    path: target,
    headers: {
      host: target,
      ...(username && { 'proxy-authorization': `Basic ${Buffer.from(credentials).toString('base64')}` }),
    },
    timeout: TUNNEL_MS,
    agent: false,
  });
  return new Promise((resolve, reject) => {
    const fail = (why: string, cause?: unknown): void => {
      request.destroy();
      const message = `the proxy ${proxy.host} does not let it through to ${target}: ${why}`;
      reject(new ChannelError({ code: 'unreachable', message }, { cause }));
    };
    request.once('connect', ({ statusCode, statusMessage }, socket: Socket) => {
      if (statusCode === 200) {
        socket.setTimeout(0);
        resolve(socket);
      } else {
        socket.destroy();
        fail(`it answers ${statusCode} ${statusMessage ?? ''}`.trimEnd());
      }
    });
    request.once('timeout', () => fail('it did not answer in time'));
    request.on('error', (error) => fail(error.message, error));
    request.end();
  });
}
