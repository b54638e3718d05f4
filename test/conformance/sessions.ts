import * as node from 'onnxruntime-node';
import * as web from 'onnxruntime-web';
import type { Model } from '../../shared/onnx/model.ts';
import type { DataType, Tensor } from '../../shared/onnx/tensor.ts';
import { writeModel } from '../../shared/onnx/write.ts';

export type Runtime = 'cpu' | 'wasm';

export interface Session {
  /** All outputs, or those named. */
  run(feeds: Readonly<Record<string, Tensor>>, fetch?: readonly string[]): Promise<Record<string, Tensor>>;
  release(): Promise<void>;
}

web.env.wasm.numThreads = 1;
web.env.logLevel = 'fatal';
node.env.logLevel = 'fatal';

/** ONNX Runtime itself, without the engines around it. Fatal messages only: a kernel that is missing is an answer. */
export async function openSession(model: Model | Uint8Array, runtime: Runtime = 'cpu'): Promise<Session> {
  const bytes = model instanceof Uint8Array ? model : writeModel(model);
  const options = { logSeverityLevel: 4, intraOpNumThreads: 1, interOpNumThreads: 1 } as const;
  const session =
    runtime === 'wasm'
      ? await web.InferenceSession.create(bytes, { ...options, executionProviders: ['wasm'] })
      : await node.InferenceSession.create(bytes, options);
  const Value = runtime === 'wasm' ? web.Tensor : node.Tensor;
  return {
    async run(feeds, fetch) {
      const given = Object.entries(feeds).filter(([name]) => session.inputNames.includes(name));
      const values = given.map(([name, { type, data, dims }]) => [
        name,
        new Value(type as 'float32', data as Float32Array, dims),
      ]);
      const results = fetch
        ? await session.run(Object.fromEntries(values), [...fetch])
        : await session.run(Object.fromEntries(values));
      return Object.fromEntries(
        Object.entries(results).map(([name, value]) => {
          const { type, dims, data } = value as unknown as {
            type: DataType;
            dims: number[];
            data: Float32Array;
          };
          return [name, { type, dims, data: Array.isArray(data) ? data : data.slice() }];
        }),
      );
    },
    release: () => session.release(),
  };
}

/** Opens, runs once, releases. */
export async function runOnce(
  model: Model | Uint8Array,
  feeds: Readonly<Record<string, Tensor>>,
  runtime: Runtime = 'cpu',
): Promise<Record<string, Tensor>> {
  const session = await openSession(model, runtime);
  try {
    return await session.run(feeds);
  } finally {
    await session.release();
  }
}
