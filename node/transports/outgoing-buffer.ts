/**
 * Bytes given to a transport and not yet taken by the socket. A sender of chunks waits while about four are queued:
 * a heartbeat is then never behind more than about a megabyte.
 */
export class OutgoingBuffer {
  readonly #highWater: number;
  #bytes = 0;
  #closed = false;
  #waiting: (() => void)[] = [];

  constructor(highWater = 1 << 20) {
    this.#highWater = highWater;
  }

  added(bytes: number): void {
    this.#bytes += bytes;
  }

  taken(bytes: number): void {
    this.#bytes -= bytes;
    if (this.#bytes <= this.#highWater) this.#release();
  }

  close(): void {
    this.#closed = true;
    this.#release();
  }

  drained(): Promise<void> {
    if (this.#closed || this.#bytes <= this.#highWater) return READY;
    return new Promise((resolve) => this.#waiting.push(resolve));
  }

  #release(): void {
    if (this.#waiting.length === 0) return;
    const waiting = this.#waiting;
    this.#waiting = [];
    for (const resolve of waiting) resolve();
  }
}

const READY = Promise.resolve();
