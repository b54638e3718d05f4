import { Server, ServerCredentials, type ServerDuplexStream } from '@grpc/grpc-js';
import { channelOptions, SESSION_METHOD } from '../../node/transports/grpc-service.ts';
import type { BareConfig, BareMessage } from './bare.ts';

/** Sends each client the bytes of the weights, and waits until as many have come from each: a round of nothing else. */
const { bytes, chunk, clients, rounds } = JSON.parse(process.argv[2]!) as BareConfig;
const weights = Buffer.alloc(bytes, 1);
const streams = new Map<ServerDuplexStream<Uint8Array, Uint8Array>, number>();
const times: number[] = [];
let startedAt = 0;

function tell(message: BareMessage): void {
  process.send!(message);
}

function round(): void {
  startedAt = performance.now();
  for (const stream of streams.keys()) {
    streams.set(stream, 0);
    for (let at = 0; at < bytes; at += chunk) stream.write(weights.subarray(at, Math.min(bytes, at + chunk)));
  }
}

const server = new Server({ ...channelOptions(2 * chunk), 'grpc.enable_channelz': 1 });
server.addService(
  { session: SESSION_METHOD },
  {
    session: (stream: ServerDuplexStream<Uint8Array, Uint8Array>) => {
      streams.set(stream, 0);
      stream.on('error', () => undefined);
      stream.on('data', (data: Uint8Array) => {
        streams.set(stream, streams.get(stream)! + data.length);
        if ([...streams.values()].some((received) => received < bytes)) return;
        times.push(performance.now() - startedAt);
        if (times.length < rounds) return round();
        tell({ type: 'measured', times });
        for (const open of streams.keys()) open.end();
        server.forceShutdown();
        process.disconnect();
      });
      if (streams.size === clients) round();
    },
  },
);
server.bindAsync('127.0.0.1:0', ServerCredentials.createInsecure(), (error, port) => {
  if (error) throw error;
  tell({ type: 'listening', port });
});
