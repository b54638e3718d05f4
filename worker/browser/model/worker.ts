import type { Executable } from '../../../engines/engine.ts';
import { createOnnxRuntimeWeb } from '../../../engines/onnxruntime-web.ts';
import type { Model } from '../../../shared/onnx/model.ts';
import { readModel } from '../../../shared/onnx/read.ts';
import { sizeOf, type Tensor } from '../../../shared/onnx/tensor.ts';
import { workerScope } from '../assets.ts';
import type { FromPredictor, ToPredictor } from './messages.ts';

/** Runs a finished model in a worker: one example at a time. */
interface Loaded {
  readonly model: Model;
  readonly executable: Executable;
}

let loaded: Promise<Loaded> | undefined;

async function load(bytes: Uint8Array, runtime: string): Promise<Loaded> {
  const model = readModel(bytes);
  const engine = await createOnnxRuntimeWeb({ files: runtime });
  return { model, executable: await engine.compile({ model }) };
}

async function predict(features: Float32Array): Promise<Record<string, Float32Array>> {
  if (!loaded) throw new Error('there is no model to predict with');
  const { model, executable } = await loaded;
  const input = model.graph.inputs[0]!;
  // The batch, and whatever else is left open, is one.
  const one = (dims: readonly (number | string)[]): number[] =>
    dims.map((dim) => (typeof dim === 'number' ? dim : 1));
  const data = input.type === 'int32' ? Int32Array.from(features) : features;
  const results: Record<string, Tensor> = {};
  for (const { name, type, dims } of model.graph.outputs) {
    if (type === 'float32')
      results[name] = { type, dims: one(dims), data: new Float32Array(sizeOf(one(dims))) };
  }
  await executable.run({ [input.name]: { type: input.type, dims: one(input.dims), data } }, results);
  return Object.fromEntries(
    Object.entries(results).map(([name, { data: values }]) => [name, values as Float32Array]),
  );
}

workerScope.onmessage = async ({ data }) => {
  const message = data as ToPredictor;
  if (message.type === 'model') {
    loaded = load(message.model, message.runtime);
    // Said with the first prediction.
    loaded.catch(() => undefined);
    return;
  }
  const { id, features } = message;
  const answer: FromPredictor = await predict(features).then(
    (outputs) => ({ id, ok: true, outputs }),
    (error: Error) => ({ id, ok: false, message: error.message }),
  );
  workerScope.postMessage(answer);
};
