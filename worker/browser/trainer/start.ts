import { EngineError } from '../../../engines/engine.ts';
import { TrainerClient } from '../../trainer/trainer-client.ts';
import { startWorker } from '../assets.ts';
import type { FromTrainer, ToTrainer, TrainerStart } from './messages.ts';

/**
 * Starts a trainer in a Web Worker.
 *
 * @param assets URL of the library's folder
 */
export function startPageTrainer(start: Omit<TrainerStart, 'runtime'>, assets: string): TrainerClient {
  const worker = startWorker('trainer', assets);
  const post = (message: ToTrainer, transfer: readonly ArrayBuffer[] = []): void =>
    worker.postMessage(message, transfer as ArrayBuffer[]);
  const client = new TrainerClient({
    post: (envelope, transfer) => post({ type: 'request', envelope }, transfer),
    cancel: (sequence) => post({ type: 'cancel', sequence }),
    end: async () => worker.terminate(),
  });
  worker.addEventListener('message', ({ data }: MessageEvent<FromTrainer>) => {
    if (data.type === 'reply') client.settle(data.reply);
    else client.die(new EngineError(data.message));
  });
  worker.addEventListener('error', (event) => {
    event.preventDefault();
    const what = event.message || `its script ${new URL('trainer.js', assets).href} did not load`;
    client.die(new EngineError(`the trainer's worker failed: ${what}`));
  });
  post({ type: 'start', start: { ...start, runtime: new URL('ort/', assets).href } });
  return client;
}
