import type { Model } from '../../../shared/onnx/model.ts';
import type { Tensor, TensorMap } from '../../../shared/onnx/tensor.ts';
import { writeModel } from '../../../shared/onnx/write.ts';
import { useSoftwareGpu } from '../../support/software-gpu.ts';

useSoftwareGpu();

/**
 * Runs a model on onnxruntime-node's webgpu provider, where no node may fall back to the CPU.
 * @throws ONNX Runtime's error where one would, or where there is no device
 */
export async function runOnWebGpu(model: Model, feeds: TensorMap): Promise<Record<string, Tensor>> {
  const ort = await import('onnxruntime-node');
  const session = await ort.InferenceSession.create(writeModel(model), {
    executionProviders: ['webgpu'],
    logSeverityLevel: 4,
    extra: { session: { disable_cpu_ep_fallback: '1' } },
  });
  try {
    const given = Object.entries(feeds)
      .filter(([name]) => session.inputNames.includes(name))
      .map(([name, { type, data, dims }]) => [
        name,
        new ort.Tensor(type as 'float32', data as Float32Array, dims),
      ]);
    const results = await session.run(Object.fromEntries(given));
    return Object.fromEntries(
      Object.entries(results).map(([name, { dims, data }]) => [
        name,
        { type: 'float32', dims, data: (data as Float32Array).slice() } as const,
      ]),
    );
  } finally {
    await session.release();
  }
}
