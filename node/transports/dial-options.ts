import { isIP } from 'node:net';
import { checkServerIdentity, type PeerCertificate } from 'node:tls';
import { ChannelError } from '../../shared/protocol/errors.ts';
import { DEFAULT_LIMITS } from '../../shared/protocol/limits.ts';
import { type Address, assertPlaintextAllowed, type Insecure, parseAddress } from './address.ts';
import { pinCertificate, probe, probeTls, type Via } from './pinned-certificate.ts';
import { explained, type Transport } from './what-answers.ts';

export interface DialOptions {
  /** HOST:PORT. */
  readonly address: string;
  /** SHA-256 of the certificate that is expected; no other is taken, whoever signed it. */
  readonly fingerprint?: string | undefined;
  /** PEM of the authorities to trust; without it and a fingerprint the system's. */
  readonly ca?: string | undefined;
  /** Plaintext: true anywhere, 'loopback' on this machine only. */
  readonly insecure?: Insecure;
  /** Bytes of the longest message that is taken. */
  readonly envelopeBytes?: number;
}

/** What a TLS client is to check; undefined for plaintext. */
export interface Trust {
  readonly ca?: string | undefined;
  readonly checkServerIdentity?: (host: string, certificate: PeerCertificate) => Error | undefined;
}

export interface Target {
  readonly address: Address;
  readonly trust: Trust | undefined;
  readonly envelopeBytes: number;
  /** Undefined: directly. */
  readonly via: Via | undefined;
}

/**
 * Finds out whether the address answers and is the one that is meant.
 *
 * @param proxied the way through a proxy, for a transport that can take it
 * @throws ChannelError `address`, `insecure`, `certificate`, `not-tls`, `unreachable`
 */
export async function checkedTarget(
  options: DialOptions,
  transport: Transport,
  proxied?: (address: Address, tls: boolean) => Via | undefined,
): Promise<Target> {
  const address = parseAddress(options.address);
  const via = proxied?.(address, !options.insecure);
  try {
    return await checked(options, address, via);
  } catch (error) {
    if (!(error instanceof ChannelError) || error.reason.code !== 'not-tls') throw error;
    throw await explained(error, address, { tls: true, transport }, via);
  }
}

async function checked(options: DialOptions, address: Address, via: Via | undefined): Promise<Target> {
  const envelopeBytes = options.envelopeBytes ?? DEFAULT_LIMITS.envelopeBytes;
  if (options.insecure) {
    assertPlaintextAllowed(address, options.insecure);
    await probe(address, via);
    return { address, envelopeBytes, trust: undefined, via };
  }
  if (options.fingerprint !== undefined) {
    return { address, envelopeBytes, trust: await pinCertificate(address, options.fingerprint, via), via };
  }
  await probeTls(address, options.ca, via);
  // An IP address may not be sent as the server's name (RFC 6066, 3): it is compared here.
  const identity = isIP(address.host)
    ? {
        checkServerIdentity: (_: string, certificate: PeerCertificate) =>
          checkServerIdentity(address.host, certificate),
      }
    : {};
  return { address, envelopeBytes, trust: { ca: options.ca, ...identity }, via };
}
