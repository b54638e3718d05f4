import type { ChannelOptions, MethodDefinition } from '@grpc/grpc-js';

/**
 * The method of `proto/tributary/v1/wire.proto`. Messages pass as encoded bytes: the session above decodes them, for
 * this transport and for WebSocket alike.
 */
export const SESSION_METHOD: MethodDefinition<Uint8Array, Uint8Array> = {
  path: '/tributary.v1.Tributary/Session',
  requestStream: true,
  responseStream: true,
  requestSerialize: asBuffer,
  requestDeserialize: (bytes) => bytes,
  responseSerialize: asBuffer,
  responseDeserialize: (bytes) => bytes,
};

function asBuffer(bytes: Uint8Array): Buffer {
  return Buffer.isBuffer(bytes) ? bytes : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

/** HTTP/2's default window of 64 KiB would wait for the peer after every chunk. */
export const WINDOW_BYTES = 8 << 20;

/** Options of grpc-js. @param envelopeBytes Longest message that is taken. */
export function channelOptions(envelopeBytes: number): ChannelOptions {
  return {
    'grpc.max_receive_message_length': envelopeBytes,
    'grpc.max_send_message_length': -1,
    'grpc-node.flow_control_window': WINDOW_BYTES,
    'grpc.enable_retries': 0,
    'grpc.enable_http_proxy': 0,
    'grpc.enable_channelz': 0,
    // Each dial has a connection of its own, and no memory of earlier failures: the session backs off by itself.
    'grpc.use_local_subchannel_pool': 1,
  };
}
