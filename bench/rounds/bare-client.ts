import { Client, credentials } from '@grpc/grpc-js';
import { channelOptions, SESSION_METHOD } from '../../node/transports/grpc-service.ts';
import type { BareConfig } from './bare.ts';

/** Answers the bytes of the weights with as many. */
const { bytes, chunk, port } = JSON.parse(process.argv[2]!) as BareConfig & { readonly port: number };
const update = Buffer.alloc(bytes, 2);
const client = new Client(`127.0.0.1:${port}`, credentials.createInsecure(), channelOptions(2 * chunk));
const { path, requestSerialize, responseDeserialize } = SESSION_METHOD;
const stream = client.makeBidiStreamRequest(path, requestSerialize, responseDeserialize);
let received = 0;
stream.on('data', (data: Uint8Array) => {
  received += data.length;
  if (received < bytes) return;
  received = 0;
  for (let at = 0; at < bytes; at += chunk) stream.write(update.subarray(at, Math.min(bytes, at + chunk)));
});
stream.on('error', () => undefined);
stream.on('status', () => {
  client.close();
  process.disconnect?.();
});
