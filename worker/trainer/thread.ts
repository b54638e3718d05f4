import { parentPort, workerData } from 'node:worker_threads';
import { createEngine, type EngineName } from '../../engines/create.ts';
import { openFile } from '../../node/files/model-file.ts';
import { freeMemory } from '../../node/free-memory.ts';
import { nodeHasher } from '../../node/hasher.ts';
import { openBlocks } from '../data/open-blocks.ts';
import type { Envelope } from './messages.ts';
import { TrainerServer } from './trainer-server.ts';

/**
 * The trainer in its own thread: a session run blocks the event loop that it is called from, and the member's
 * heartbeats must not stop for it.
 */

/** How the trainer's thread is started. */
export interface ThreadData {
  readonly engine: EngineName;
  readonly threads: number;
  /** One int32: the sequence number of the newest assignment that was cancelled. Shared, so that a busy thread sees it. */
  readonly cancelled: SharedArrayBuffer;
}

const data = workerData as ThreadData;
const port = parentPort!;
const newestCancelled = new Int32Array(data.cancelled);
const server = new TrainerServer({
  engine: await createEngine(data.engine, { threads: data.threads }),
  openBlocks,
  freeMemory,
  openFile,
  hasher: nodeHasher,
  cancelled: (sequence) => Atomics.load(newestCancelled, 0) >= sequence,
});

port.on('message', async (envelope: Envelope) => {
  const { reply, transfer } = await server.answer(envelope);
  port.postMessage(reply, transfer);
  if (envelope.request.type === 'close') port.close();
});
