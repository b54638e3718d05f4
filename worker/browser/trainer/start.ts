import { EngineError, type EngineInfo } from '../../../engines/engine.ts';
import { TrainerClient } from '../../trainer/trainer-client.ts';
import { startWorker } from '../assets.ts';
import type { FromTrainer, Provider, ToTrainer } from './messages.ts';

/** More threads than this wait for each other more than they compute, on models of a page's size. */
const MOST_THREADS = 8;

/** Starts of the engine, each with a pause twice as long before it. */
const ATTEMPTS = 4;
const PAUSE_MS = 500;

export interface TrainerChoice {
  /** `auto`: WebGPU where it is there and can do it, else WebAssembly. */
  readonly engine: Provider | 'auto';
  /** Of WebAssembly; by default all cores but one, in a page that is isolated. */
  readonly threads?: number | undefined;
}

/**
 * Starts a trainer in a Web Worker.
 *
 * @param assets URL of the library's folder
 * @throws EngineError when the engine is not available in this browser
 */
export async function startPageTrainer(
  { engine, threads }: TrainerChoice,
  assets: string,
): Promise<{ readonly trainer: TrainerClient; readonly info: EngineInfo }> {
  const wanted = engine === 'auto' ? ((await hasGpu()) ? 'webgpu' : 'wasm') : engine;
  const cores = globalThis.crossOriginIsolated ? (navigator.hardwareConcurrency ?? 2) - 1 : 1;
  const start = {
    provider: wanted,
    fallsBack: engine === 'auto' && wanted === 'webgpu',
    threads: threads ?? Math.max(1, Math.min(MOST_THREADS, cores)),
    runtime: new URL('ort/', assets).href,
  };
  for (let attempt = 1; ; attempt++) {
    const trainer = connect(assets, start);
    try {
      return { trainer, info: await trainer.info() };
    } catch (error) {
      if (attempt === ATTEMPTS) throw error;
    }
    // Its files are the coordinator's, which may just be started again.
    await new Promise((resolve) => setTimeout(resolve, PAUSE_MS * 2 ** attempt));
  }
}

function connect(assets: string, start: Extract<ToTrainer, { type: 'start' }>['start']): TrainerClient {
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
    else {
      client.die(new EngineError(data.message));
      worker.terminate();
    }
  });
  worker.addEventListener('error', (event) => {
    event.preventDefault();
    const what = event.message || `its script ${new URL('trainer.js', assets).href} did not load`;
    client.die(new EngineError(`the trainer's worker failed: ${what}`));
  });
  post({ type: 'start', start });
  return client;
}

/** There may be WebGPU and no device for it. */
async function hasGpu(): Promise<boolean> {
  const { gpu } = navigator as { gpu?: { requestAdapter(): Promise<unknown> } };
  return gpu !== undefined && Boolean(await gpu.requestAdapter().catch(() => undefined));
}
