import { startWorker } from '../assets.ts';
import type { FromPredictor, Numbered, ToPredictor } from './messages.ts';

type Outputs = Readonly<Record<string, Float32Array>>;

interface Pending {
  resolve(outputs: Outputs): void;
  reject(error: Error): void;
}

/** A worker that is there. */
interface Started {
  readonly worker: Worker;
  /** Its script and ONNX Runtime's files are loaded. */
  readonly loaded: Promise<unknown>;
  /** What it predicts with. */
  model?: Uint8Array;
}

const CLOSED = 'the model was closed';

/** Predicts in a worker. Its files are the coordinator's: once they are loaded it needs nothing more of it. */
export class Predictor {
  private started: Started | undefined;
  private readonly pending = new Map<number, Pending>();
  private nextId = 1;

  /** @param assets URL of the library's folder */
  constructor(private readonly assets: string) {}

  /** @throws Error when a file does not load; the next call tries again */
  async load(): Promise<void> {
    await this.start().loaded;
  }

  /**
   * Outputs by name for one example.
   *
   * @param model an ONNX file
   * @throws Error when the worker does not load, or the model does not take the features
   */
  async predict(model: Uint8Array, features: Float32Array): Promise<Outputs> {
    const started = this.start();
    await started.loaded;
    if (started !== this.started) throw new Error(CLOSED);
    if (started.model !== model) {
      started.model = model;
      // Why it cannot be used is said with the prediction.
      this.ask(started.worker, { type: 'model', model }).catch(() => undefined);
    }
    return this.ask(started.worker, { type: 'predict', features });
  }

  close(): void {
    this.letGo(this.started, new Error(CLOSED));
  }

  private start(): Started {
    if (this.started) return this.started;
    const worker = startWorker('predictor', this.assets);
    worker.addEventListener('message', ({ data }: MessageEvent<FromPredictor>) => {
      const pending = this.pending.get(data.id);
      this.pending.delete(data.id);
      if (data.ok) pending?.resolve(data.outputs);
      else pending?.reject(new Error(data.message));
    });
    worker.addEventListener('error', (event) => {
      event.preventDefault();
      const what = event.message || `its script ${new URL('predictor.js', this.assets).href} did not load`;
      this.letGo(started, new Error(`the predictor failed: ${what}`));
    });
    const runtime = new URL('ort/', this.assets).href;
    const loaded = this.ask(worker, { type: 'start', runtime });
    const started: Started = { worker, loaded };
    loaded.catch((error: Error) => this.letGo(started, error));
    this.started = started;
    return started;
  }

  private ask(worker: Worker, message: ToPredictor): Promise<Outputs> {
    const id = this.nextId++;
    return new Promise((resolve, reject) => {
      this.pending.set(id, { resolve, reject });
      worker.postMessage({ ...message, id } satisfies ToPredictor & Numbered);
    });
  }

  /** A worker that failed answers nothing any more: the next prediction starts another one. */
  private letGo(started: Started | undefined, error: Error): void {
    if (!started || started !== this.started) return;
    started.worker.terminate();
    this.started = undefined;
    for (const pending of this.pending.values()) pending.reject(error);
    this.pending.clear();
  }
}
