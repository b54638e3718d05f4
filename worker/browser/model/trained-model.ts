import { startWorker } from '../assets.ts';
import type { FromPredictor, ToPredictor } from './messages.ts';

interface Pending {
  resolve(outputs: Readonly<Record<string, Float32Array>>): void;
  reject(error: Error): void;
}

/** The model at the end of a run: an ordinary ONNX file, which can be tried where it is. */
export class TrainedModel {
  private worker: Worker | undefined;
  private readonly pending = new Map<number, Pending>();
  private nextId = 1;

  /**
   * @param bytes of the ONNX file
   * @param assets URL of the library's folder
   */
  constructor(
    readonly bytes: Uint8Array,
    private readonly assets: string,
  ) {}

  /**
   * Outputs by name for one example: `probabilities` and `logits`, or `prediction`.
   *
   * @param features as many as the run's features, as they stand in its data
   * @throws Error when the model does not take them
   */
  predict(features: Float32Array): Promise<Readonly<Record<string, Float32Array>>> {
    this.worker ??= this.start();
    const id = this.nextId++;
    return new Promise((resolve, reject) => {
      this.pending.set(id, { resolve, reject });
      this.post({ type: 'predict', id, features });
    });
  }

  /** As a file to download. */
  toBlob(): Blob {
    return new Blob([this.bytes as Uint8Array<ArrayBuffer>], { type: 'application/octet-stream' });
  }

  close(): void {
    this.worker?.terminate();
    this.worker = undefined;
    this.fail(new Error('the model was closed'));
  }

  private start(): Worker {
    const worker = startWorker('predictor', this.assets);
    worker.addEventListener('message', ({ data }: MessageEvent<FromPredictor>) => {
      const pending = this.pending.get(data.id);
      this.pending.delete(data.id);
      if (data.ok) pending?.resolve(data.outputs);
      else pending?.reject(new Error(data.message));
    });
    worker.addEventListener('error', (event) => {
      event.preventDefault();
      this.fail(new Error(`the predictor failed: ${event.message || 'its script did not load'}`));
    });
    this.worker = worker;
    this.post({ type: 'model', model: this.bytes, runtime: new URL('ort/', this.assets).href });
    return worker;
  }

  private post(message: ToPredictor): void {
    this.worker?.postMessage(message);
  }

  private fail(error: Error): void {
    for (const pending of this.pending.values()) pending.reject(error);
    this.pending.clear();
  }
}
