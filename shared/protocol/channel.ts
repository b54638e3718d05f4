/** Why a channel ended. */
export interface CloseReason {
  readonly code:
    | 'ok'
    | 'unreachable'
    | 'certificate'
    | 'protocol'
    | 'too-large'
    | 'refused'
    | 'lost'
    | 'local';
  readonly message: string;
}

/**
 * A bidirectional, ordered, reliable stream of encoded envelopes: a gRPC stream, a WebSocket, or a pair of queues in
 * memory. The session logic above it is the same for all.
 */
export interface Channel {
  readonly remote: string;
  send(message: Uint8Array): void;
  /** Resolves once the transport wants more: a sender of chunks awaits it, so that memory stays bounded. */
  drained(): Promise<void>;
  close(reason?: CloseReason): void;
  onMessage(handler: (message: Uint8Array) => void): void;
  /** Called exactly once. */
  onClose(handler: (reason: CloseReason) => void): void;
}

/** Accepts channels. */
export interface Listener {
  /** HOST:PORT that it listens on. */
  readonly address: string;
  close(): Promise<void>;
}
