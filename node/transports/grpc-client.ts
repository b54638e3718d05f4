import { Client, connectivityState, credentials, type ServiceError, status } from '@grpc/grpc-js';
import type { Channel } from '../../shared/protocol/channel.ts';
import { ChannelError } from '../../shared/protocol/errors.ts';
import { type Address, formatAddress } from './address.ts';
import { checkedTarget, type DialOptions, type Trust } from './dial-options.ts';
import { GrpcChannel } from './grpc-channel.ts';
import { channelOptions, SESSION_METHOD } from './grpc-service.ts';
import { CLOSE_MS } from './listen-options.ts';
import { reasonOfStatus } from './native-errors.ts';
import { explained } from './what-answers.ts';

/** Milliseconds for the HTTP/2 connection, after the address has answered. */
const READY_MS = 10_000;

/**
 * Connects to a coordinator over gRPC.
 *
 * @throws ChannelError `address`, `insecure`, `certificate`, `not-tls`, `unreachable`
 */
export async function dialGrpc(options: DialOptions): Promise<Channel> {
  const { address, trust, envelopeBytes } = await checkedTarget(options, 'grpc');
  const remote = formatAddress(address);
  const client = new Client(remote, credentialsOf(trust), {
    ...channelOptions(envelopeBytes),
    // The certificate counts, not the name; and a name it must be (RFC 6066, 3).
    ...(trust?.checkServerIdentity ? { 'grpc.ssl_target_name_override': 'localhost' } : {}),
  });
  await ready(client, address, trust !== undefined);
  const { path, requestSerialize, responseDeserialize } = SESSION_METHOD;
  const stream = client.makeBidiStreamRequest(path, requestSerialize, responseDeserialize);
  const channel = new GrpcChannel({ remote, tls: trust !== undefined }, stream, () => {
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

/** Waits for the connection, and gives it up at the first failure: the session tries again by itself. */
async function ready(client: Client, address: Address, tls: boolean): Promise<void> {
  const channel = client.getChannel();
  const deadline = Date.now() + READY_MS;
  for (;;) {
    const state = channel.getConnectivityState(true);
    if (state === connectivityState.READY) return;
    const failed = state === connectivityState.TRANSIENT_FAILURE || state === connectivityState.SHUTDOWN;
    const late = await new Promise<Error | undefined>((resolve) => {
      if (failed) resolve(new Error('the connection failed'));
      else channel.watchConnectivityState(state, deadline, resolve);
    });
    if (late === undefined) continue;
    client.close();
    const message = `${formatAddress(address)} answers, but takes no gRPC connection: is it a coordinator’s gRPC port?`;
    const failure = new ChannelError({ code: 'unreachable', message }, { cause: late });
    throw await explained(failure, address, { tls, transport: 'grpc' });
  }
}
