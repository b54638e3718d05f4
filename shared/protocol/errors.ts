import type { CloseReason } from './channel.ts';

/** A channel could not be opened, or broke under an operation that needs it. */
export class ChannelError extends Error {
  override readonly name = 'ChannelError';
  readonly reason: CloseReason;

  constructor(reason: CloseReason, options?: ErrorOptions) {
    super(reason.message, options);
    this.reason = reason;
  }
}

/** A message that breaks the protocol: the peer that sent it is disconnected with this message. */
export class ProtocolError extends Error {
  override readonly name = 'ProtocolError';
}

/** A transfer that failed although the connection stands: unknown blob, damaged bytes, refused by the receiver. */
export class TransferError extends Error {
  override readonly name = 'TransferError';
  readonly code: 'unavailable' | 'corrupt' | 'too-large' | 'aborted' | 'closed';

  constructor(code: TransferError['code'], message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}
