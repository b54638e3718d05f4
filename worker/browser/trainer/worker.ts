import type { Envelope } from '../../trainer/messages.ts';
import { TrainerServer } from '../../trainer/trainer-server.ts';
import { workerScope } from '../assets.ts';
import { loadEngine } from '../load-engine.ts';
import type { FromTrainer, ToTrainer, TrainerStart } from './messages.ts';
import { yielding } from './yielding.ts';

/** The trainer in a Web Worker, so that the page stays smooth while it computes. */

/** Sequence number of the newest assignment that was cancelled. */
let cancelled = 0;
let started: TrainerStart | undefined;
let server: Promise<TrainerServer> | undefined;

function startServer(start: TrainerStart): Promise<TrainerServer> {
  started = start;
  const { provider, threads, runtime } = start;
  const starting = loadEngine({ provider, threads, files: runtime }).then(
    (engine) =>
      new TrainerServer({ engine: yielding(engine), cancelled: (sequence) => cancelled >= sequence }),
  );
  return start.fallsBack ? starting.catch(() => fallBack(start)) : starting;
}

function fallBack(start: TrainerStart): Promise<TrainerServer> {
  server = startServer({ ...start, provider: 'wasm', fallsBack: false });
  return server;
}

async function answer(envelope: Envelope): Promise<Awaited<ReturnType<TrainerServer['answer']>> | undefined> {
  const current = await server?.catch(() => undefined);
  const answered = await current?.answer(envelope);
  // A device may lack what this model needs.
  if (answered?.reply.ok === false && envelope.request.type === 'prepare' && started?.fallsBack) {
    return (await fallBack(started)).answer(envelope);
  }
  return answered;
}

function post(message: FromTrainer, transfer: readonly ArrayBuffer[] = []): void {
  workerScope.postMessage(message, transfer);
}

workerScope.onmessage = async ({ data }) => {
  const message = data as ToTrainer;
  if (message.type === 'cancel') cancelled = Math.max(cancelled, message.sequence);
  else if (message.type === 'start') {
    server = startServer(message.start);
    server.catch((error: Error) => post({ type: 'failed', message: error.message }));
  } else {
    const answered = await answer(message.envelope);
    if (answered) post({ type: 'reply', reply: answered.reply }, answered.transfer);
  }
};
