import type { Engine, Executable } from '../../../engines/engine.ts';
import type { Model } from '../../../shared/onnx/model.ts';
import { readModel } from '../../../shared/onnx/read.ts';
import { sizeOf, type Tensor } from '../../../shared/onnx/tensor.ts';
import { workerScope } from '../assets.ts';
import { loadEngine } from '../load-engine.ts';
import type { FromPredictor, Numbered, ToPredictor } from './messages.ts';

/** Runs a finished model in a worker: one example at a time. */
interface Loaded {
  readonly model: Model;
  readonly executable: Executable;
}

let engine: Promise<Engine> | undefined;
let loaded: Promise<Loaded> | undefined;

async function load(bytes: Uint8Array): Promise<Loaded> {
  if (!engine) throw new Error('there is no engine to load the model into');
  const model = readModel(bytes);
  return { model, executable: await (await engine).compile({ model }) };
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

async function answer(message: ToPredictor): Promise<Record<string, Float32Array>> {
  if (message.type === 'predict') return predict(message.features);
  if (message.type === 'start') {
    engine = loadEngine({ files: message.runtime });
    await engine;
  } else {
    loaded = load(message.model);
    await loaded;
  }
  return {};
}

workerScope.onmessage = async ({ data }) => {
  const message = data as ToPredictor & Numbered;
  const { id } = message;
  const reply: FromPredictor = await answer(message).then(
    (outputs) => ({ id, ok: true, outputs }),
    (error: Error) => ({ id, ok: false, message: error.message }),
  );
  workerScope.postMessage(reply);
};
