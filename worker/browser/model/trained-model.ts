import type { Predictor } from './predictor.ts';

/** The model at the end of a run: an ordinary ONNX file, which can be tried where it is, also when the coordinator is gone. */
export class TrainedModel {
  /**
   * @param bytes of the ONNX file
   * @param predictor which this model owns from now on
   */
  constructor(
    readonly bytes: Uint8Array,
    private readonly predictor: Predictor,
  ) {}

  /**
   * Outputs by name for one example: `probabilities` and `logits`, or `prediction`.
   *
   * @param features as many as the run's features, as they stand in its data
   * @throws Error when the model does not take them
   */
  predict(features: Float32Array): Promise<Readonly<Record<string, Float32Array>>> {
    return this.predictor.predict(this.bytes, features);
  }

  /** As a file to download. */
  toBlob(): Blob {
    return new Blob([this.bytes as Uint8Array<ArrayBuffer>], { type: 'application/octet-stream' });
  }

  /** Ends the worker that predicts. */
  close(): void {
    this.predictor.close();
  }
}
