import { X509Certificate } from 'node:crypto';
import { connect as connectPlain, isIP, type Socket } from 'node:net';
import { connect as connectTls, type PeerCertificate } from 'node:tls';
import { ChannelError } from '../../shared/protocol/errors.ts';
import { type Address, formatAddress } from './address.ts';

import { openingError } from './native-errors.ts';

const CONNECT_MS = 10_000;
const ALPN = ['h2', 'http/1.1'];

/** Opens a connection that is not direct: through a proxy. */
export type Via = () => Promise<Socket>;

/** Trust in one certificate, for any TLS client of Node. */
export interface Pin {
  /** The certificate itself, PEM: the only root that the connection trusts. */
  readonly ca: string;
  /** The host's name does not matter: the certificate does, and is compared once more. */
  readonly checkServerIdentity: (host: string, certificate: PeerCertificate) => Error | undefined;
}

/** A fingerprint as `AB:CD:…`, whatever separators and case it was written with. */
export function normalizeFingerprint(text: string): string {
  const digits = text.replace(/^sha-?256[:/]?/i, '').replace(/[\s:]/g, '');
  if (!/^[0-9a-f]{64}$/i.test(digits)) {
    throw new ChannelError({
      code: 'certificate',
      message: `'${text}' is no SHA-256 fingerprint: it has 64 hexadecimal digits, as the coordinator prints them`,
    });
  }
  return digits.toUpperCase().match(/../g)!.join(':');
}

/**
 * Makes sure that the expected certificate is at the address, before anything secret is sent there. The connection
 * that follows trusts this certificate alone, so that nobody can step in between.
 *
 * @param fingerprint SHA-256 of the certificate.
 * @throws ChannelError `certificate` with both fingerprints, `not-tls`, `unreachable`
 */
export async function pinCertificate(address: Address, fingerprint: string, via?: Via): Promise<Pin> {
  const expected = normalizeFingerprint(fingerprint);
  const certificate = await peerCertificate(address, via);
  assertFingerprint(certificate.fingerprint256, expected, address);
  return {
    ca: certificate.toString(),
    checkServerIdentity: (_host, peer) => {
      try {
        assertFingerprint(peer.fingerprint256, expected, address);
        return undefined;
      } catch (error) {
        return error as Error;
      }
    },
  };
}

function assertFingerprint(actual: string, expected: string, address: Address): void {
  if (actual === expected) return;
  throw new ChannelError({
    code: 'certificate',
    message:
      `the certificate of ${formatAddress(address)} has the fingerprint ${actual}, expected was ${expected}: copy the ` +
      'join command that the coordinator prints now; if it has not changed, someone is in between',
  });
}

/** The certificate that a server shows. Nothing is sent to it. */
async function peerCertificate(address: Address, via?: Via): Promise<X509Certificate> {
  // Not verified here on purpose: its fingerprint decides.
  const socket = connectTls({
    ...(via ? { socket: await via() } : address),
    rejectUnauthorized: false,
    ALPNProtocols: ALPN,
  });
  await opened(socket, 'secureConnect', address, true);
  const raw = socket.getPeerCertificate().raw;
  socket.destroy();
  return new X509Certificate(raw);
}

/**
 * Whether anything listens at the address, with the system's own error when not: gRPC hides it.
 *
 * @throws ChannelError
 */
export async function probe(address: Address, via?: Via): Promise<void> {
  const socket = via ? await via() : connectPlain(address);
  if (!via) await opened(socket, 'connect', address, false);
  socket.destroy();
}

/**
 * Whether the certificate at the address is one that these authorities vouch for, with OpenSSL's own word when not.
 *
 * @param ca PEM; undefined: the system's authorities.
 * @throws ChannelError `certificate`, `not-tls`, `unreachable`
 */
export async function probeTls(address: Address, ca: string | undefined, via?: Via): Promise<void> {
  const to = via ? { socket: await via(), servername: isIP(address.host) ? '' : address.host } : address;
  const socket = connectTls({ ...to, ca, ALPNProtocols: ALPN });
  await opened(socket, 'secureConnect', address, true);
  socket.destroy();
}

async function opened(socket: Socket, event: string, address: Address, tls: boolean): Promise<void> {
  const attempt = { doing: 'connect', address: formatAddress(address), tls } as const;
  try {
    await new Promise<void>((resolve, reject) => {
      socket.once(event, resolve);
      socket.once('error', reject);
      socket.once('close', () => reject(Object.assign(new Error('closed'), { code: 'ECONNRESET' })));
      socket.setTimeout(CONNECT_MS, () =>
        reject(Object.assign(new Error('timed out'), { code: 'ETIMEDOUT' })),
      );
    });
  } catch (error) {
    socket.destroy();
    throw openingError(error, attempt);
  } finally {
    socket.on('error', () => undefined);
  }
}
