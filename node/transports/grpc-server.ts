import { Server, ServerCredentials, type ServerDuplexStream, status } from '@grpc/grpc-js';
import type { CloseReason, Listener } from '../../shared/protocol/channel.ts';
import { DEFAULT_LIMITS } from '../../shared/protocol/limits.ts';
import { formatAddress } from './address.ts';
import { GrpcChannel } from './grpc-channel.ts';
import { channelOptions, tributaryService } from './grpc-service.ts';
import { CLOSE_MS, checkedAddress, DEFAULT_CONNECTIONS, type ListenOptions } from './listen-options.ts';
import { openingError, reasonOfStatus, statusOf } from './native-errors.ts';

type Stream = ServerDuplexStream<Uint8Array, Uint8Array>;

/**
 * Listens for members over gRPC.
 *
 * @throws ChannelError `address`, `insecure`, `in-use`
 */
export async function listenGrpc(options: ListenOptions): Promise<Listener> {
  const address = await checkedAddress(options);
  const { limits, tls, onChannel } = options;
  const server = new Server({
    ...channelOptions(limits?.envelopeBytes ?? DEFAULT_LIMITS.envelopeBytes),
    // One stream is one member; a peer gains nothing by opening more on its connection.
    'grpc.max_concurrent_streams': 4,
    // Without it grpc-js 1.14 forgets its sessions, and `forceShutdown` leaves them open.
    'grpc.enable_channelz': 1,
  });
  const maximum = limits?.connections ?? DEFAULT_CONNECTIONS;
  const open = new Set<GrpcChannel>();
  server.addService(tributaryService, {
    session: (stream: Stream) => {
      if (open.size >= maximum) {
        const details = `the coordinator holds ${maximum} connections, its limit: try again later`;
        stream.emit('error', { code: status.UNAVAILABLE, details });
        return;
      }
      const channel = serverChannel(stream, tls !== undefined);
      open.add(channel);
      stream.once('close', () => open.delete(channel));
      onChannel(channel);
    },
  });
  const credentials = tls
    ? ServerCredentials.createSsl(null, [
        { cert_chain: Buffer.from(tls.cert), private_key: Buffer.from(tls.key) },
      ])
    : ServerCredentials.createInsecure();
  const port = await new Promise<number>((resolve, reject) => {
    server.bindAsync(formatAddress(address), credentials, (error, bound) => {
      if (error === null) return resolve(bound);
      const code = /\b(E[A-Z]{4,})\b/.exec(error.message)?.[1];
      const cause = Object.assign(error, { code });
      reject(
        openingError(cause, { doing: 'listen', address: formatAddress(address), tls: tls !== undefined }),
      );
    });
  });
  return {
    address: formatAddress({ host: address.host, port }),
    close: async () => {
      for (const channel of open) channel.close({ code: 'ok', message: 'the coordinator has stopped' });
      await closeServer(server);
    },
  };
}

function serverChannel(stream: Stream, tls: boolean): GrpcChannel {
  const remote = stream.getPeer();
  const channel = new GrpcChannel({ remote, tls }, stream, (reason) => endStream(stream, reason));
  // The member has ended its half: the stream is over in good order.
  stream.on('end', () => {
    channel.close({ code: 'ok', message: `member at ${remote} ended the connection` });
  });
  stream.on('cancelled', () => {
    channel.ended({ code: 'lost', message: `the connection to ${remote} broke` });
  });
  stream.on('error', (error: Error & { code?: number; details?: string }) => {
    channel.ended(reasonOfStatus(error.code ?? status.UNKNOWN, error.details ?? error.message, remote));
  });
  return channel;
}

/** Ends the stream after what was written, with the reason as its status. */
function endStream(stream: Stream, reason: CloseReason): void {
  const code = statusOf(reason.code);
  if (code === status.OK) stream.end();
  else stream.emit('error', { code, details: reason.message });
}

/** Lets streams end in good order for a moment, then ends them. */
async function closeServer(server: Server): Promise<void> {
  await new Promise<void>((resolve) => {
    const timer = setTimeout(() => {
      server.forceShutdown();
      resolve();
    }, CLOSE_MS);
    server.tryShutdown(() => {
      clearTimeout(timer);
      resolve();
    });
  });
}
