import { readFileSync } from 'node:fs';
import { InferenceSession, Tensor } from 'onnxruntime-node';
import { describe, expect, test } from 'vitest';
import { GraphBuilder } from '../../../shared/onnx/builder.ts';
import { checkModel } from '../../../shared/onnx/check.ts';
import { readModel } from '../../../shared/onnx/read.ts';
import { inferGraph } from '../../../shared/onnx/shapes/infer.ts';
import { upgradeModel } from '../../../shared/onnx/upgrade.ts';
import { writeModel } from '../../../shared/onnx/write.ts';

const load = (name: string): Uint8Array =>
  new Uint8Array(readFileSync(new URL(`../../data/onnx/${name}`, import.meta.url)));

/** Made by pytorch-mlp.py, with the TorchScript exporter and with the one of torch.export (dynamo). */
const FILES = [
  ['pytorch-mlp.onnx', [64], 17],
  ['pytorch-mlp-dynamo.onnx', [64], 18],
  ['pytorch-cnn.onnx', [1, 8, 8], 13],
  ['pytorch-cnn-dynamo.onnx', [1, 8, 8], 18],
] as const;

async function logits(model: Uint8Array, dims: readonly number[]): Promise<Float32Array> {
  const session = await InferenceSession.create(model, { intraOpNumThreads: 1 });
  const size = dims.reduce((a, b) => a * b, 1);
  const features = Float32Array.from({ length: size }, (_, i) => Math.sin(i));
  const { logits } = await session.run({ features: new Tensor('float32', features, [...dims]) });
  return logits?.data as Float32Array;
}

describe.each(FILES)('%s', (name, example, opset) => {
  test('infers, through its shape computations, and checks', () => {
    const read = readModel(load(name));
    expect(read.opsets['']).toBe(opset);
    const model = upgradeModel(read);
    checkModel(model);
    expect(model.graph.inputs[0]?.dims).toEqual(['batch', ...example]);
    expect(inferGraph(model.graph).types.get('logits')).toEqual({ type: 'float32', dims: ['batch', 10] });
  });

  test('computes the same after reading, upgrading, building on and writing', async () => {
    const ours = writeModel(GraphBuilder.from(upgradeModel(readModel(load(name)))).build());
    const dims = [5, ...example];
    expect(await logits(ours, dims)).toEqual(await logits(load(name), dims));
  });
});
