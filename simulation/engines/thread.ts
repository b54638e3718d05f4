import { parentPort, workerData } from 'node:worker_threads';
import { createEngine } from '../../engines/create.ts';
import { Desk } from './desk.ts';
import type { EngineOptions, Reply, Request } from './messages.ts';

/** A thread with one engine: works off what it is given, in order. */

const { engine: name, threads } = workerData as EngineOptions;
const port = parentPort!;
const engine = await createEngine(name, { threads });
let desk: Desk | undefined;
let queue: Promise<void> = Promise.resolve();

port.on('message', (request: Request) => {
  queue = queue.then(async () => {
    const reply = await answer(request);
    const sections = reply.ok ? (reply.result?.sections ?? []) : [];
    port.postMessage(
      reply,
      sections.map(({ bytes }) => bytes.buffer as ArrayBuffer),
    );
    if (request.type === 'close') port.close();
  });
});

async function answer(request: Request): Promise<Reply> {
  const { id } = request;
  try {
    switch (request.type) {
      case 'equip':
        desk = await Desk.equip(engine, request.equipment);
        return { id, ok: true };
      case 'work':
        if (!desk) throw new Error('an engine was asked to work before it was equipped');
        return { id, ok: true, result: await desk.work(request.task) };
      case 'close':
        await (desk?.close() ?? engine.close());
        return { id, ok: true };
    }
  } catch (error) {
    return { id, ok: false, message: error instanceof Error ? error.message : String(error) };
  }
}
