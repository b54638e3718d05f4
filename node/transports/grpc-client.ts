import { Client, credentials, type ServiceError, status } from '@grpc/grpc-js';
import type { Channel } from '../../shared/protocol/channel.ts';
import { ChannelError } from '../../shared/protocol/errors.ts';
import { formatAddress } from './address.ts';
import { checkedTarget, type DialOptions, type Trust } from './dial-options.ts';
import { GrpcChannel } from './grpc-channel.ts';
import { channelOptions, SESSION_METHOD } from './grpc-service.ts';
import { CLOSE_MS } from './listen-options.ts';
import { reasonOfStatus } from './native-errors.ts';

/** Milliseconds for the HTTP/2 connection, after the address has answered. */
const READY_MS = 10_000;

/**
 * Connects to a coordinator over gRPC.
 *
 * @throws ChannelError `address`, `insecure`, `certificate`, `not-tls`, `unreachable`
 */
export async function dialGrpc(options: DialOptions): Promise<Channel> {
  const { address, trust, envelopeBytes } = await checkedTarget(options);
  const remote = formatAddress(address);
  const client = new Client(remote, credentialsOf(trust), {
    ...channelOptions(envelopeBytes),
    // The session tries again by itself; this connection is given up at the first failure.
    'grpc.initial_reconnect_backoff_ms': READY_MS,
  });
  await ready(client, remote, trust !== undefined);
  const { path, requestSerialize, responseDeserialize } = SESSION_METHOD;
  const stream = client.makeBidiStreamRequest(path, requestSerialize, responseDeserialize);
  const channel = new GrpcChannel(remote, stream, () => {
    stream.end();
    // A coordinator that hangs must not keep this process waiting for its half.
    const timer = setTimeout(() => stream.cancel(), CLOSE_MS);
    stream.once('status', () => clearTimeout(timer));
  });
  stream.on('error', (error: ServiceError) => {
    channel.ended(reasonOfStatus(error.code, error.details, remote));
  });
  stream.on('status', ({ code, details }: { code: number; details: string }) => {
    channel.ended(reasonOfStatus(code, code === status.OK ? '' : details, remote));
    client.close();
  });
  return channel;
}

function credentialsOf(trust: Trust | undefined): ReturnType<typeof credentials.createSsl> {
  if (trust === undefined) return credentials.createInsecure();
  const { ca, checkServerIdentity } = trust;
  return credentials.createSsl(
    ca ? Buffer.from(ca) : null,
    null,
    null,
    checkServerIdentity && { checkServerIdentity },
  );
}

async function ready(client: Client, remote: string, tls: boolean): Promise<void> {
  try {
    await new Promise<void>((resolve, reject) => {
      client.waitForReady(Date.now() + READY_MS, (error) => (error ? reject(error) : resolve()));
    });
  } catch (cause) {
    client.close();
    const message = tls
      ? `no gRPC connection to ${remote}: its certificate is not trusted, or it is no coordinator. Pass the fingerprint that the coordinator printed`
      : `no gRPC connection to ${remote}: it may expect TLS. Join with the coordinator’s fingerprint, without --insecure`;
    throw new ChannelError({ code: tls ? 'certificate' : 'not-tls', message }, { cause });
  }
}
