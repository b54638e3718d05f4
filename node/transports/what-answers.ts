import { once } from 'node:events';
import { connect as connectPlain, type Socket } from 'node:net';
import { connect as connectTls } from 'node:tls';
import type { CloseReason } from '../../shared/protocol/channel.ts';
import { ChannelError } from '../../shared/protocol/errors.ts';
import { type Address, formatAddress } from './address.ts';
import type { Via } from './pinned-certificate.ts';

export type Transport = 'grpc' | 'websocket';

/** What was found at an address, or is looked for there. */
export interface Spoken {
  readonly tls: boolean;
  /** HTTP/2 is what gRPC speaks, HTTP/1.1 what WebSocket begins with; undefined when it is neither. */
  readonly transport: Transport | undefined;
}

const ANSWER_MS = 3_000;

/** A client's connection preface with an empty SETTINGS frame (RFC 9113, 3.4): a server of HTTP/1 calls it a bad request. */
const PREFACE = Buffer.concat([
  Buffer.from('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n', 'latin1'),
  Buffer.from([0, 0, 0, 4, 0, 0, 0, 0, 0]),
]);

/**
 * After a connection failed: the same error, or a better one that says what was met in place of what was looked for, and what to type.
 *
 * @param via the way through a proxy
 */
export async function explained(
  error: ChannelError,
  address: Address,
  wanted: Spoken & { readonly transport: Transport },
  via?: Via,
): Promise<ChannelError> {
  const found = await whatAnswers(address, wanted.transport, via);
  const difference = found && mismatch(found, wanted);
  if (!difference) return error;
  // Neither heals by itself: whoever listens there speaks what it was started for.
  const code: CloseReason['code'] = found.tls === wanted.tls ? 'address' : 'not-tls';
  return new ChannelError({ code, message: `${formatAddress(address)} ${difference}` }, { cause: error });
}

/** How they differ, and what to type; undefined when they do not. */
export function mismatch(found: Spoken, wanted: Spoken): string | undefined {
  const differences: string[] = [];
  if (found.tls && !wanted.tls) {
    differences.push('speaks TLS: join with the coordinator’s fingerprint, and without --insecure');
  }
  if (!found.tls && wanted.tls) {
    differences.push(
      'does not speak TLS: a coordinator that was started with --insecure is joined with --insecure in place of --fingerprint',
    );
  }
  if (found.transport === 'websocket' && wanted.transport === 'grpc') {
    differences.push(
      'answers as a WebSocket port does, not as gRPC: join it with --websocket, or name the port that the coordinator listens on for gRPC (--listen)',
    );
  }
  if (found.transport === 'grpc' && wanted.transport === 'websocket') {
    differences.push(
      'answers as a gRPC port does, not as WebSocket: join it without --websocket, or name the port that the coordinator was given for it (--websocket)',
    );
  }
  return differences.length > 0 ? differences.join('; and it ') : undefined;
}

/**
 * Asks a server what it speaks, and sends it nothing but a greeting.
 *
 * @returns undefined when it is not there any more
 */
async function whatAnswers(address: Address, wanted: Transport, via?: Via): Promise<Spoken | undefined> {
  // A server that has both gives what is asked for first.
  const protocols = wanted === 'grpc' ? ['h2', 'http/1.1'] : ['http/1.1', 'h2'];
  try {
    const socket = via ? { socket: await via() } : address;
    // Not verified here on purpose: nothing secret is sent.
    const tls = connectTls({ ...socket, rejectUnauthorized: false, ALPNProtocols: protocols });
    return { tls: true, transport: await greeted(tls, 'secureConnect') };
  } catch {
    // It may speak without TLS.
  }
  try {
    const socket = via ? await via() : connectPlain(address);
    return { tls: false, transport: await greeted(socket, via ? undefined : 'connect') };
  } catch {
    return undefined;
  }
}

/** @throws Error when the connection does not come about */
async function greeted(socket: Socket, opened: string | undefined): Promise<Transport | undefined> {
  const signal = AbortSignal.timeout(ANSWER_MS);
  socket.on('error', () => undefined);
  try {
    if (opened) await once(socket, opened, { signal });
    socket.write(PREFACE);
    return transportOf(await firstBytes(socket, signal));
  } finally {
    socket.destroy();
  }
}

/** The first bytes of an answer; none when it closes or is silent. */
async function firstBytes(socket: Socket, signal: AbortSignal): Promise<Buffer> {
  return await new Promise((resolve) => {
    socket.once('data', resolve);
    for (const event of ['close', 'end', 'error']) socket.once(event, () => resolve(Buffer.alloc(0)));
    signal.addEventListener('abort', () => resolve(Buffer.alloc(0)));
  });
}

/** The first frame of an HTTP/2 server is SETTINGS, type 4 (RFC 9113, 3.4). */
function transportOf(answer: Buffer): Transport | undefined {
  if (answer.toString('latin1', 0, 7) === 'HTTP/1.') return 'websocket';
  return answer.length >= 9 && answer[3] === 4 ? 'grpc' : undefined;
}
