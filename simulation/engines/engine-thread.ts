import { Worker } from 'node:worker_threads';
import { EngineError } from '../../engines/engine.ts';
import type { WorkResult } from '../../worker/trainer/work-order.ts';
import type { EngineOptions, Equipment, Reply, Request, Task } from './messages.ts';

/** The compiled thread: Node 20 cannot load TypeScript in a worker thread, so from source it is taken from `dist`. */
const THREAD = import.meta.url.endsWith('.ts')
  ? new URL('../../dist/simulation/engines/thread.js', import.meta.url)
  : new URL('./thread.js', import.meta.url);

interface Pending {
  resolve(result: WorkResult | undefined): void;
  reject(error: Error): void;
}

/** An engine in a thread of its own, seen from here. */
export class EngineThread {
  private readonly worker: Worker;
  private readonly pending = new Map<number, Pending>();
  private next = 1;
  private dead: Error | undefined;

  constructor(options: EngineOptions) {
    this.worker = new Worker(THREAD, { workerData: options });
    this.worker.on('message', (reply: Reply) => this.settle(reply));
    this.worker.on('error', (error) => this.die(error));
    this.worker.on('exit', (code) => this.die(new EngineError(`an engine's thread ended with code ${code}`)));
  }

  async equip(equipment: Equipment): Promise<void> {
    await this.ask({ type: 'equip', id: this.next++, equipment });
  }

  /** @throws EngineError when the engine fails */
  async work(task: Task): Promise<WorkResult> {
    const memory = task.vectors.map(({ bytes }) => bytes.buffer as ArrayBuffer);
    const result = await this.ask({ type: 'work', id: this.next++, task }, memory);
    if (!result) throw new EngineError('an engine gave no result');
    return result;
  }

  /** Ends after what it was given: ending a thread in the middle of a session run would abort the process. */
  async close(): Promise<void> {
    if (this.dead) return;
    const exited = new Promise<void>((resolve) => this.worker.once('exit', () => resolve()));
    await this.ask({ type: 'close', id: this.next++ });
    await exited;
  }

  private ask(request: Request, transfer: readonly ArrayBuffer[] = []): Promise<WorkResult | undefined> {
    if (this.dead) return Promise.reject(this.dead);
    return new Promise((resolve, reject) => {
      this.pending.set(request.id, { resolve, reject });
      this.worker.postMessage(request, transfer);
    });
  }

  private settle(reply: Reply): void {
    const pending = this.pending.get(reply.id);
    this.pending.delete(reply.id);
    if (reply.ok) pending?.resolve(reply.result);
    else pending?.reject(new EngineError(reply.message));
  }

  private die(error: Error): void {
    this.dead ??= error;
    for (const pending of this.pending.values()) pending.reject(this.dead);
    this.pending.clear();
  }
}
