import type { InferenceSession } from 'onnxruntime-node';
import { GraphBuilder } from '../../../shared/onnx/builder.ts';
import type { Model } from '../../../shared/onnx/model.ts';
import { float32, type Tensor, type TensorMap } from '../../../shared/onnx/tensor.ts';
import { writeModel } from '../../../shared/onnx/write.ts';
import { useSoftwareGpu } from '../../support/software-gpu.ts';

/** onnxruntime-node's webgpu provider, where no node may fall back to the CPU; on the device that the test chose first, if it did. */
async function sessionOf(model: Model): Promise<InferenceSession> {
  useSoftwareGpu();
  const ort = await import('onnxruntime-node');
  return ort.InferenceSession.create(writeModel(model), {
    executionProviders: ['webgpu'],
    logSeverityLevel: 4,
    extra: { session: { disable_cpu_ep_fallback: '1' } },
  });
}

/**
 * Whether all nodes of a model have their place there, without the time that a device in software takes to run them.
 * @throws ONNX Runtime's error where one has not, or where there is no device
 */
export async function loadOnWebGpu(model: Model): Promise<void> {
  const session = await sessionOf(model);
  await session.release();
}

/**
 * Runs a model there.
 * @throws ONNX Runtime's error where a node would fall back to the CPU, or where there is no device
 */
export async function runOnWebGpu(model: Model, feeds: TensorMap): Promise<Record<string, Tensor>> {
  const ort = await import('onnxruntime-node');
  const session = await sessionOf(model);
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

/** Why nothing runs there; undefined where it does. */
export async function noDevice(): Promise<string | undefined> {
  const builder = new GraphBuilder();
  builder.output(builder.op('Mul', [builder.input('x', 'float32', [1]), builder.scalar(2)]), 'y');
  try {
    await runOnWebGpu(builder.build(), { x: float32([1], [1]) });
    return undefined;
  } catch (error) {
    return (error as Error).message.split('\n')[0];
  }
}
