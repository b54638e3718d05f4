import type { Channel, CloseReason } from './channel.ts';

/** One end of a channel within a process: what is sent here arrives there in a later turn of the event loop. */
export class LocalChannel implements Channel {
  readonly remote = 'this process';
  readonly intact = true;
  #peer: LocalChannel | undefined;
  #message: ((message: Uint8Array) => void) | undefined;
  #onClose: ((reason: CloseReason) => void) | undefined;
  #early: Uint8Array[] = [];
  #closed: CloseReason | undefined;

  static pair(): readonly [LocalChannel, LocalChannel] {
    const [a, b] = [new LocalChannel(), new LocalChannel()];
    a.#peer = b;
    b.#peer = a;
    return [a, b];
  }

  private constructor() {}

  send(message: Uint8Array, taken?: () => void): void {
    if (this.#closed) return;
    // A copy: the sender may write into its buffer again.
    const bytes = message.slice();
    const peer = this.#peer;
    queueMicrotask(() => (peer === undefined ? undefined : peer.#receive(bytes)));
    taken?.();
  }

  drained(): Promise<void> {
    return Promise.resolve();
  }

  close(reason: CloseReason = { code: 'local', message: 'closed by this side' }): void {
    if (this.#closed) return;
    const peer = this.#peer;
    this.#end(reason);
    queueMicrotask(() =>
      peer === undefined ? undefined : peer.#end({ code: 'ok', message: reason.message }),
    );
  }

  onMessage(handler: (message: Uint8Array) => void): void {
    this.#message = handler;
    for (const message of this.#early.splice(0)) handler(message);
  }

  onClose(handler: (reason: CloseReason) => void): void {
    this.#onClose = handler;
    if (this.#closed) handler(this.#closed);
  }

  #receive(message: Uint8Array): void {
    if (this.#closed) return;
    if (this.#message) this.#message(message);
    else this.#early.push(message);
  }

  #end(reason: CloseReason): void {
    if (this.#closed) return;
    this.#closed = reason;
    this.#onClose?.(reason);
  }
}
