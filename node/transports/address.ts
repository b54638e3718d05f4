import { isIP } from 'node:net';
import { ChannelError } from '../../shared/protocol/errors.ts';

export interface Address {
  readonly host: string;
  readonly port: number;
}

/**
 * Reads `HOST:PORT`, with an IPv6 host in brackets.
 *
 * @throws ChannelError `address`
 */
export function parseAddress(text: string): Address {
  const match = /^(?:\[([0-9A-Fa-f:.]+)\]|([^\s:/[\]]+)):(\d{1,5})$/.exec(text);
  const port = Number(match?.[3]);
  if (!match || port > 65_535 || (match[1] !== undefined && isIP(match[1]) !== 6)) {
    throw new ChannelError({
      code: 'address',
      message: `'${text}' is no address: write HOST:PORT, such as 192.168.0.10:7070 or [::1]:7070`,
    });
  }
  return { host: (match[1] ?? match[2])!, port };
}

export function formatAddress({ host, port }: Address): string {
  return isIP(host) === 6 ? `[${host}]:${port}` : `${host}:${port}`;
}

/** Whether a host is this machine by its own name, so that nobody on the way can listen. */
export function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '::1' || /^127\.\d+\.\d+\.\d+$/.test(host);
}

/** Whether nothing on the way can change a byte: TLS, or this machine's own loopback. @param remote HOST:PORT */
export function isIntact(remote: string, tls: boolean): boolean {
  return tls || isLoopback(remote.replace(/:\d+$/, '').replace(/^\[(.*)\]$/, '$1'));
}

/** Plaintext: not at all, on loopback only, or anywhere. */
export type Insecure = boolean | 'loopback' | undefined;

/** @throws ChannelError `insecure` unless plaintext is allowed for this host */
export function assertPlaintextAllowed(address: Address, insecure: Insecure): void {
  if (insecure === true || (insecure === 'loopback' && isLoopback(address.host))) return;
  const where = formatAddress(address);
  throw new ChannelError({
    code: 'insecure',
    message:
      `plaintext to ${where} would let anyone on the way read the token and the weights: use TLS, ` +
      'or say --insecure where the network is trusted',
  });
}
