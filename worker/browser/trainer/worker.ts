import { createOnnxRuntimeWeb } from '../../../engines/onnxruntime-web.ts';
import { TrainerServer } from '../../trainer/trainer-server.ts';
import { workerScope } from '../assets.ts';
import type { FromTrainer, ToTrainer, TrainerStart } from './messages.ts';
import { yielding } from './yielding.ts';

/** The trainer in a Web Worker, so that the page stays smooth while it computes. */

/** Sequence number of the newest assignment that was cancelled. */
let cancelled = 0;
let server: Promise<TrainerServer> | undefined;

async function startServer({ provider, threads, runtime }: TrainerStart): Promise<TrainerServer> {
  const engine = await createOnnxRuntimeWeb({ provider, threads, files: runtime });
  return new TrainerServer({ engine: yielding(engine), cancelled: (sequence) => cancelled >= sequence });
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
    const started = await server?.catch(() => undefined);
    if (!started) return;
    const { reply, transfer } = await started.answer(message.envelope);
    post({ type: 'reply', reply }, transfer);
  }
};
