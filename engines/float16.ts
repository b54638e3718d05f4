import type { LoweringTarget } from '../shared/autodiff/registry.ts';
import { GraphBuilder } from '../shared/onnx/builder.ts';
import type { Model } from '../shared/onnx/model.ts';
import { float32 } from '../shared/onnx/tensor.ts';
import type { Float16 } from '../shared/programs/precision.ts';
import type { Executable } from './engine.ts';

/**
 * Whether a device of ONNX Runtime computes in float16: a product is run in it. A WebGPU device without the feature
 * `shader-f16` refuses (SwiftShader does). The cpu and wasm providers have few float16 kernels and cast around the others:
 * measured, a step takes longer there than in float32.
 */
export async function float16Of(
  compile: (model: Model) => Promise<Executable>,
  target: LoweringTarget,
): Promise<Float16> {
  const builder = new GraphBuilder();
  const x = builder.op('Cast', [builder.input('x', 'float32', [1, 2])], { to: 'float16' });
  const w = builder.op('Cast', [builder.input('w', 'float32', [2, 1])], { to: 'float16' });
  const product = builder.op('Relu', [builder.op('MatMul', [x, w])]);
  const y = builder.output(builder.op('Cast', [product], { to: 'float32' }), 'y');
  const result = new Float32Array(1);
  try {
    const executable = await compile(builder.build({ name: 'float16' }));
    try {
      const feeds = { x: float32([1, 2], [1, 2]), w: float32([2, 1], [3, 4]) };
      await executable.run(feeds, { [y]: { type: 'float32', dims: [1, 1], data: result } });
    } finally {
      await executable.release();
    }
  } catch {
    // What the runtime says names a shader, and means that the device has no float16.
    return 'none';
  }
  if (result[0] !== 11) return 'none';
  return target === 'webgpu' ? 'native' : 'emulated';
}
