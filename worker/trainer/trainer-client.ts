import type { EngineInfo } from '../../engines/engine.ts';
import { EngineError } from '../../engines/engine.ts';
import type { Envelope, Reply, Request, Responses } from './messages.ts';
import {
  type Remembered,
  type SentReference,
  type SentVector,
  WorkCancelled,
  type WorkOrder,
} from './work-order.ts';

/** The way to a trainer in a thread of its own: one of Node's, or a page's worker. */
export interface TrainerPort {
  /** Memory of `transfer` is given away. */
  post(envelope: Envelope, transfer: readonly ArrayBuffer[]): void;
  /** Says that all work up to this sequence number is to stop; a busy trainer sees it between steps. */
  cancel(sequence: number): void;
  /** Called once the trainer has let go of everything; resolves when the thread is gone. */
  end(): Promise<void>;
}

interface Pending {
  resolve(value: unknown): void;
  reject(error: Error): void;
}

/** A trainer in a thread of its own, seen from the member's thread. */
export class TrainerClient {
  private readonly pending = new Map<number, Pending>();
  private nextId = 1;
  private sequence = 0;
  private dead: Error | undefined;

  constructor(private readonly port: TrainerPort) {}

  info(): Promise<EngineInfo> {
    return this.ask({ type: 'info' });
  }

  ask<Type extends Request['type']>(
    request: Extract<Request, { type: Type }>,
    transfer: readonly ArrayBuffer[] = [],
  ): Promise<Responses[Type]> {
    if (this.dead) return Promise.reject(this.dead);
    const id = this.nextId++;
    const envelope: Envelope = { id, request };
    return new Promise<unknown>((resolve, reject) => {
      this.pending.set(id, { resolve, reject });
      this.port.post(envelope, transfer);
    }) as Promise<Responses[Type]>;
  }

  /**
   * @param vectors what the work starts from, as far as the trainer does not hold it; their memory is given away
   * @param options the weights where they are kept as they came; what a member is to remember, and whether to say what it does
   *   afterwards; whether to hash what leaves
   * @throws WorkCancelled when `cancel` was called meanwhile; EngineError when the engine fails
   */
  execute(
    order: WorkOrder,
    vectors: readonly SentVector[],
    options: {
      readonly reference?: SentReference | undefined;
      readonly remembered?: Remembered | undefined;
      readonly recall?: boolean;
      readonly hash?: boolean;
    } = {},
  ): Promise<Responses['execute']> {
    this.sequence++;
    return this.ask(
      { type: 'execute', order, vectors, sequence: this.sequence, ...options },
      [...vectors.map(({ bytes }) => bytes), ...bytesOf(options.reference)].map(
        (one) => one.buffer as ArrayBuffer,
      ),
    );
  }

  /** Stops the work under way at its next step. */
  cancel(): void {
    this.port.cancel(this.sequence);
  }

  /** Ends after the work under way: ending a thread in the middle of a session run would abort the process. */
  async close(): Promise<void> {
    if (this.dead) return;
    this.cancel();
    await this.ask({ type: 'close' });
    await this.port.end();
  }

  /** A reply came over the port. */
  settle(reply: Reply): void {
    const pending = this.pending.get(reply.id);
    this.pending.delete(reply.id);
    if (reply.ok) pending?.resolve(reply.value);
    else pending?.reject(restore(reply.name, reply.message));
  }

  /** The thread is gone: nothing that was asked will be answered. */
  die(error: Error): void {
    this.dead ??= error;
    for (const pending of this.pending.values()) pending.reject(this.dead);
    this.pending.clear();
  }
}

function bytesOf(reference: SentReference | undefined): Uint8Array[] {
  if (!reference) return [];
  const { whole, deltas } = reference;
  return [...(whole ? [whole] : []), ...deltas.map(({ bytes }) => bytes)];
}

function restore(name: string, message: string): Error {
  if (name === 'WorkCancelled') return new WorkCancelled(message);
  if (name === 'EngineError') return new EngineError(message);
  const error = new Error(message);
  error.name = name;
  return error;
}
