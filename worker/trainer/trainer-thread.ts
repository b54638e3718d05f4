import { Worker } from 'node:worker_threads';
import type { EngineName } from '../../engines/create.ts';
import { EngineError } from '../../engines/engine.ts';
import type { Reply } from './messages.ts';
import type { ThreadData } from './thread.ts';
import { TrainerClient } from './trainer-client.ts';

/** The compiled thread: Node 20 cannot load TypeScript in a worker thread, so from source it is taken from `dist`. */
const THREAD = import.meta.url.endsWith('.ts')
  ? new URL('../../dist/worker/trainer/thread.js', import.meta.url)
  : new URL('./thread.js', import.meta.url);

/** Starts a trainer in one of Node's worker threads. */
export function startTrainerThread(options: {
  readonly engine: EngineName;
  readonly threads: number;
}): TrainerClient {
  const shared = new SharedArrayBuffer(4);
  const newestCancelled = new Int32Array(shared);
  const workerData: ThreadData = { ...options, cancelled: shared };
  const worker = new Worker(THREAD, { workerData });
  const exited = new Promise<void>((resolve) => worker.once('exit', () => resolve()));
  const client = new TrainerClient({
    post: (envelope, transfer) => worker.postMessage(envelope, transfer),
    cancel: (sequence) => void Atomics.store(newestCancelled, 0, sequence),
    end: () => exited,
  });
  worker.on('message', (reply: Reply) => client.settle(reply));
  worker.on('error', (error) => client.die(error));
  worker.on('exit', (code) => client.die(new EngineError(`the engine's thread ended with code ${code}`)));
  return client;
}
