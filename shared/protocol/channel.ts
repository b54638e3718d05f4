/**
 * Why a channel ended, or could not be opened. The message says what, where and what to do.
 *
 * - `ok`: the peer ended the stream in good order.
 * - `unreachable`: nothing answers at the address (host unknown, connection refused, timed out).
 * - `certificate`: the peer's certificate is not the one that was expected.
 * - `not-tls`: the peer does not speak TLS at this port, or TLS where plaintext was asked for.
 * - `insecure`: plaintext beyond loopback, which nobody has allowed.
 * - `in-use`: another program listens at the address.
 * - `address`: the address cannot be read, is none of this machine's, or is of the other transport.
 * - `protocol`: a message broke the protocol.
 * - `too-large`: a message was above the limit.
 * - `refused`: the coordinator does not take the member.
 * - `silent`: nothing was heard for three heartbeat intervals.
 * - `lost`: the connection broke.
 * - `local`: closed by this side.
 */
export interface CloseReason {
  readonly code:
    | 'ok'
    | 'unreachable'
    | 'certificate'
    | 'not-tls'
    | 'insecure'
    | 'in-use'
    | 'address'
    | 'protocol'
    | 'too-large'
    | 'refused'
    | 'silent'
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
  /**
   * What arrives is what was sent, so chunks need no checksums: TLS authenticates every byte, or none leaves this machine.
   */
  readonly intact: boolean;
  /**
   * Ignored once the channel is closed. The bytes must not change until `taken` is called, which need not happen.
   */
  send(message: Uint8Array, taken?: () => void): void;
  /** As `send`, of a message that lies in two places: where a transport has it, nothing is copied to bring them together. */
  sendParts?(head: Uint8Array, data: Uint8Array, taken?: () => void): void;
  /** Resolves once the transport wants more, or is closed: a sender of chunks awaits it, so that memory stays bounded. */
  drained(): Promise<void>;
  /** Ends the channel after what has been sent; the handler of `onClose` is called with this reason. */
  close(reason?: CloseReason): void;
  /** Messages that came before are kept for the handler. The bytes are the handler's: nobody writes into them before `release`. */
  onMessage(handler: (message: Uint8Array) => void): void;
  /** Gives the memory of a message, or of a part of one, back to the transport, if it wants it: the next message may be written there. */
  release?(message: Uint8Array): void;
  /** Called exactly once, also when the channel was closed before. */
  onClose(handler: (reason: CloseReason) => void): void;
}

/** Accepts channels. */
export interface Listener {
  /** HOST:PORT that it listens on. */
  readonly address: string;
  close(): Promise<void>;
}
