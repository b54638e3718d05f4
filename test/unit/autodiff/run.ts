import type { Model } from '../../../shared/onnx/model.ts';
import type { DataType, Tensor, TensorMap } from '../../../shared/onnx/tensor.ts';
import { writeModel } from '../../../shared/onnx/write.ts';

type Provider = 'cpu' | 'wasm';

interface Session {
  run(feeds: Record<string, unknown>): Promise<Record<string, unknown>>;
  release(): Promise<void>;
}

/** A model on ONNX Runtime itself, without the engines around it. */
export interface Runner {
  run(feeds: TensorMap): Promise<Record<string, Tensor>>;
  release(): Promise<void>;
}

export async function runnerOf(model: Model, provider: Provider = 'cpu'): Promise<Runner> {
  const bytes = writeModel(model);
  if (provider === 'wasm') {
    const ort = await import('onnxruntime-web');
    ort.env.wasm.numThreads = 1;
    const session = await ort.InferenceSession.create(bytes, {
      executionProviders: ['wasm'],
      logSeverityLevel: 3,
    });
    return wrap(
      session as unknown as Session,
      (t) => new ort.Tensor(t.type as 'float32', t.data as Float32Array, t.dims),
    );
  }
  const ort = await import('onnxruntime-node');
  const session = await ort.InferenceSession.create(bytes, { intraOpNumThreads: 1, logSeverityLevel: 3 });
  return wrap(
    session as unknown as Session,
    (t) => new ort.Tensor(t.type as 'float32', t.data as Float32Array, t.dims),
  );
}

function wrap(session: Session, toTensor: (tensor: Tensor) => unknown): Runner {
  return {
    async run(feeds) {
      const converted = Object.fromEntries(Object.entries(feeds).map(([name, t]) => [name, toTensor(t)]));
      const results = await session.run(converted);
      return Object.fromEntries(
        Object.entries(results).map(([name, result]) => {
          const { type, dims, data } = result as { type: DataType; dims: number[]; data: Float32Array };
          return [name, { type, dims, data: data.slice() }];
        }),
      );
    },
    release: () => session.release(),
  };
}

export async function runOnce(
  model: Model,
  feeds: TensorMap,
  provider: Provider = 'cpu',
): Promise<Record<string, Tensor>> {
  const runner = await runnerOf(model, provider);
  try {
    const names = new Set(model.graph.inputs.map(({ name }) => name));
    return await runner.run(Object.fromEntries(Object.entries(feeds).filter(([name]) => names.has(name))));
  } finally {
    await runner.release();
  }
}

export function numbersOf(tensor: Tensor | undefined): number[] {
  return Array.from((tensor?.data ?? []) as ArrayLike<number>, Number);
}

/** The Euclidean distance of two tensors, and the length of the second. */
export function distance(
  actual: readonly number[],
  expected: readonly number[],
): { error: number; size: number } {
  let error = 0;
  let size = 0;
  expected.forEach((value, k) => {
    error += ((actual[k] ?? Number.NaN) - value) ** 2;
    size += value ** 2;
  });
  return { error: Math.sqrt(error), size: Math.sqrt(size) };
}
