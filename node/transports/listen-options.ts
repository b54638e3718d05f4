import { createServer } from 'node:net';
import type { Channel } from '../../shared/protocol/channel.ts';
import {
  type Address,
  assertPlaintextAllowed,
  formatAddress,
  type Insecure,
  parseAddress,
} from './address.ts';
import { openingError } from './native-errors.ts';

/** PEM of a certificate and its private key. */
export interface Identity {
  readonly cert: string;
  readonly key: string;
}

export interface ListenOptions {
  /** HOST:PORT; port 0 takes a free one. */
  readonly address: string;
  /** Undefined: plaintext, which must be allowed by `insecure`. */
  readonly tls?: Identity | undefined;
  /** Plaintext without `tls`: true anywhere, 'loopback' on this machine only. */
  readonly insecure?: Insecure;
  readonly limits?: {
    /** Bytes of the longest message that is taken. */
    readonly envelopeBytes?: number;
    /** Connections at the same time; further ones are turned away. */
    readonly connections?: number;
    /** gRPC: milliseconds that a peer has, when its stream ends, to take what was written before. */
    readonly flushMs?: number;
  };
  readonly onChannel: (channel: Channel) => void;
}

export const DEFAULT_CONNECTIONS = 4096;

/** Enough for a slow line, not for ever. */
export const FLUSH_MS = 30_000;

/** Milliseconds that streams have to end in good order when a listener closes. */
export const CLOSE_MS = 1000;

/**
 * The address to listen on, when it can be.
 *
 * @throws ChannelError `address`, `insecure`, `in-use`
 */
export async function checkedAddress({ address, tls, insecure }: ListenOptions): Promise<Address> {
  const parsed = parseAddress(address);
  if (tls === undefined) assertPlaintextAllowed(parsed, insecure);
  // gRPC does not say why it cannot bind; the system does.
  const server = createServer();
  try {
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject);
      server.listen({ host: parsed.host, port: parsed.port, exclusive: true }, resolve);
    });
  } catch (error) {
    throw openingError(error, { doing: 'listen', address: formatAddress(parsed), tls: tls !== undefined });
  }
  await new Promise((resolve) => server.close(resolve));
  return parsed;
}
