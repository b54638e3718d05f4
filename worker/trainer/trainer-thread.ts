import { Worker } from 'node:worker_threads';
import type { EngineName } from '../../engines/create.ts';
import type { EngineInfo } from '../../engines/engine.ts';
import { EngineError } from '../../engines/engine.ts';
import type { Envelope, Reply, Request, Responses, ThreadData } from './messages.ts';
import { type SentVector, WorkCancelled, type WorkOrder, type WorkResult } from './work-order.ts';

/** The compiled thread: Node 20 cannot load TypeScript in a worker thread, so from source it is taken from `dist`. */
const THREAD = import.meta.url.endsWith('.ts')
  ? new URL('../../dist/worker/trainer/thread.js', import.meta.url)
  : new URL('./thread.js', import.meta.url);

interface Pending {
  resolve(value: unknown): void;
  reject(error: Error): void;
}

/** A trainer in a thread of its own, seen from the member's thread. */
export class TrainerThread {
  private readonly pending = new Map<number, Pending>();
  private readonly cancelled: Int32Array;
  private readonly worker: Worker;
  private nextId = 1;
  private sequence = 0;
  private dead: Error | undefined;

  constructor(options: { readonly engine: EngineName; readonly threads: number }) {
    const shared = new SharedArrayBuffer(4);
    this.cancelled = new Int32Array(shared);
    const workerData: ThreadData = { ...options, cancelled: shared };
    this.worker = new Worker(THREAD, { workerData });
    this.worker.on('message', (reply: Reply) => this.settle(reply));
    this.worker.on('error', (error) => this.die(error));
    this.worker.on('exit', (code) =>
      this.die(new EngineError(`the engine's thread ended with code ${code}`)),
    );
  }

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
      this.worker.postMessage(envelope, transfer);
    }) as Promise<Responses[Type]>;
  }

  /**
   * @param vectors what the work starts from, as far as the trainer does not hold it; their memory is given away
   * @throws WorkCancelled when `cancel` was called meanwhile; EngineError when the engine fails
   */
  execute(order: WorkOrder, vectors: readonly SentVector[]): Promise<WorkResult> {
    this.sequence++;
    return this.ask(
      { type: 'execute', order, vectors, sequence: this.sequence },
      vectors.map((vector) => vector.bytes.buffer as ArrayBuffer),
    );
  }

  /** Stops the work under way at its next step. */
  cancel(): void {
    Atomics.store(this.cancelled, 0, this.sequence);
  }

  /** Ends after the work under way: ending a thread in the middle of a session run would abort the process. */
  async close(): Promise<void> {
    if (this.dead) return;
    this.cancel();
    const exited = new Promise<void>((resolve) => this.worker.once('exit', () => resolve()));
    await this.ask({ type: 'close' });
    await exited;
  }

  private settle(reply: Reply): void {
    const pending = this.pending.get(reply.id);
    this.pending.delete(reply.id);
    if (reply.ok) pending?.resolve(reply.value);
    else pending?.reject(restore(reply.name, reply.message));
  }

  private die(error: Error): void {
    this.dead ??= error;
    for (const pending of this.pending.values()) pending.reject(this.dead);
    this.pending.clear();
  }
}

function restore(name: string, message: string): Error {
  if (name === 'WorkCancelled') return new WorkCancelled(message);
  if (name === 'EngineError') return new EngineError(message);
  const error = new Error(message);
  error.name = name;
  return error;
}
