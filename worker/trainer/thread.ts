import { parentPort, workerData } from 'node:worker_threads';
import { createEngine } from '../../engines/create.ts';
import { openBlocks } from '../data/blocks-on-disk.ts';
import type { Envelope, Reply, Request, ThreadData } from './messages.ts';
import { recentlyUsed } from './recently-used.ts';
import { Trainer } from './trainer.ts';

/**
 * The trainer in its own thread: a session run blocks the event loop that it is called from, and the member's
 * heartbeats must not stop for it.
 */

/** Blocks of the data set kept in memory: 64 of at most a few hundred KiB. */
const BLOCKS_IN_MEMORY = 64;

const data = workerData as ThreadData;
const port = parentPort!;
const cancelled = new Int32Array(data.cancelled);
const engine = await createEngine(data.engine, { threads: data.threads });
let trainer: Trainer | undefined;

function ready(): Trainer {
  if (!trainer) throw new Error('the trainer was asked to work before it was prepared');
  return trainer;
}

async function handle(request: Request): Promise<unknown> {
  switch (request.type) {
    case 'info':
      return engine.info;
    case 'prepare': {
      const { manifest } = request.setup;
      const block = recentlyUsed(BLOCKS_IN_MEMORY, await openBlocks(request.blocks, manifest));
      trainer = Trainer.create(engine, request.setup, block);
      await trainer.warmUp();
      return { floats: trainer.context.layout.length };
    }
    case 'blocks':
      return ready().blocksFor(request.work);
    case 'execute':
      for (const vector of request.vectors) ready().set(vector);
      return ready().execute(request.order, () => Atomics.load(cancelled, 0) >= request.sequence);
    case 'close':
      await (trainer?.close() ?? engine.close());
      return undefined;
  }
}

function transferables(value: unknown): ArrayBuffer[] {
  if (typeof value !== 'object' || value === null || !('sections' in value)) return [];
  const sections = (value as { sections: readonly { bytes: Uint8Array<ArrayBuffer> }[] }).sections;
  return sections.map((section) => section.bytes.buffer);
}

// One at a time, in order: the vectors are shared by all requests.
let queue = Promise.resolve();
port.on('message', ({ id, request }: Envelope) => {
  queue = queue.then(async () => {
    let reply: Reply;
    try {
      reply = { id, ok: true, value: await handle(request) };
    } catch (error) {
      const { name, message } = error instanceof Error ? error : { name: 'Error', message: String(error) };
      reply = { id, ok: false, name, message };
    }
    port.postMessage(reply, reply.ok ? transferables(reply.value) : []);
    if (request.type === 'close') port.close();
  });
});
