import { expect, test } from 'vitest';
import { createOnnxRuntimeNode } from '../../../engines/onnxruntime-node.ts';
import { createOnnxRuntimeWeb } from '../../../engines/onnxruntime-web.ts';
import { GraphBuilder } from '../../../shared/onnx/builder.ts';
import type { Model } from '../../../shared/onnx/model.ts';
import { float32, type TensorMap } from '../../../shared/onnx/tensor.ts';
import { uniform } from '../autodiff/spec.ts';

const [rows, inner, columns] = [4, 16, 8];
const next = uniform(1);
const random = (count: number) => Array.from({ length: count }, () => next() * 2 - 1);
const x = float32([rows, inner], random(rows * inner));
const w = float32([inner, columns], random(inner * columns));
const b = float32([columns], random(columns));

/** A dense layer between quantised activations, as a file that is fine-tuned has it: its weights inputs, or constants. */
function quantised(constant: boolean): Model {
  const builder = new GraphBuilder();
  const zero = builder.initializer('zero', { type: 'uint8', dims: [], data: Uint8Array.of(128) });
  const fake = (value: string, step: number, name: string) => {
    const scale = builder.initializer(`${name}_step`, float32([], [step]));
    const rounded = builder.op('QuantizeLinear', [value, scale, zero]);
    return builder.op('DequantizeLinear', [rounded, scale, zero], {}, name);
  };
  const weight = constant ? builder.initializer('w', w) : builder.input('w', 'float32', [inner, columns]);
  const bias = constant ? builder.initializer('b', b) : builder.input('b', 'float32', [columns]);
  const features = fake(builder.input('x', 'float32', ['batch', inner]), 0.01, 'features');
  builder.output(fake(builder.op('Gemm', [features, weight, bias]), 0.04, 'y'));
  return builder.build();
}

// Else ONNX Runtime makes the weights 8-bit integers too, where they are constants: an export was a step away and refused.
test.each([
  ['onnxruntime-node', () => createOnnxRuntimeNode({ threads: 1 })],
  ['onnxruntime-web, wasm', () => createOnnxRuntimeWeb({ threads: 1 })],
])('%s computes fake quantisation alike, whether weights are inputs or constants', async (_, create) => {
  const engine = await create();
  const results: Float32Array[] = [];
  for (const constant of [false, true]) {
    const executable = await engine.compile({ model: quantised(constant) });
    const y = new Float32Array(rows * columns);
    const feeds: TensorMap = constant ? { x } : { x, w, b };
    await executable.run(feeds, { y: float32([rows, columns], y) });
    results.push(y);
    await executable.release();
  }
  await engine.close();
  expect(results[1]).toEqual(results[0]);
  expect(new Set(results[0]).size).toBeGreaterThan(10);
});
