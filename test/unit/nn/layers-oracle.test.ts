import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import type { Engine } from '../../../engines/engine.ts';
import { createOnnxRuntimeNode } from '../../../engines/onnxruntime-node.ts';
import type { ModelJob } from '../../../shared/job/job.ts';
import { buildModel, type FeatureSpec, type TargetSpec } from '../../../shared/nn/model.ts';
import type { Model } from '../../../shared/onnx/model.ts';
import { float32, sizeOf, type Tensor } from '../../../shared/onnx/tensor.ts';
import { layoutOf } from '../../../shared/parameters/layout-of.ts';

interface Packed {
  readonly dims: readonly number[];
  readonly data: string;
}

interface Case {
  readonly title: string;
  /** Either the entries of a `layers` list or a `model`, as in a job file. */
  readonly layers?: string;
  readonly model?: string;
  readonly classes?: number;
  readonly positions?: readonly number[];
  readonly weights: Readonly<Record<string, Packed>>;
  readonly input: Packed;
  readonly output: Packed;
}

/** Made by layers.py: modules of PyTorch, torchvision and transformers. */
const stored = JSON.parse(readFileSync(new URL('../../data/nn/layers.json', import.meta.url), 'utf8')) as {
  readonly cases: readonly Case[];
  readonly resnet18: readonly (readonly [string, readonly number[]])[];
};

function floats({ data }: Packed): Float32Array {
  const bytes = Uint8Array.from(Buffer.from(data, 'base64'));
  return new Float32Array(bytes.buffer);
}

let engine: Engine;
beforeAll(async () => {
  engine = await createOnnxRuntimeNode({ threads: 1 });
});
afterAll(() => engine.close());

function modelOf({ layers, model, classes = 0, positions, input, output, weights }: Case): Model {
  const ids = 'embedding1.weight' in weights;
  const features: FeatureSpec = {
    shape: input.dims.slice(1),
    normalize: { kind: 'none' },
    ...(ids ? { type: 'int32' } : {}),
  };
  const target: TargetSpec =
    model === undefined
      ? { kind: 'number', dims: output.dims.slice(1) }
      : {
          kind: 'class',
          classes: Array.from({ length: classes }, (_, index) => `${index}`),
          ...(positions ? { dims: positions } : {}),
        };
  const [[name, options] = ['', {}]] = Object.entries(model === undefined ? {} : parse(`{ ${model} }`));
  const job: ModelJob =
    layers === undefined
      ? { kind: 'named', name, options: options as Record<string, unknown> }
      : { kind: 'layers', layers: parse(layers) };
  return buildModel(job, features, target, 1);
}

describe('the same weights give the same outputs as', () => {
  it.each(stored.cases.map((one) => [one.title, one] as const))('%s', async (_, one) => {
    const model = modelOf(one);
    const own = [...model.graph.initializers].map(([name, { dims }]) => [name, [...dims]]);
    expect(Object.fromEntries(own)).toEqual(
      Object.fromEntries(Object.entries(one.weights).map(([name, { dims }]) => [name, dims])),
    );
    const initializers = new Map<string, Tensor>(
      Object.entries(one.weights).map(([name, packed]) => [name, float32(packed.dims, floats(packed))]),
    );
    const executable = await engine.compile({ model: { ...model, graph: { ...model.graph, initializers } } });
    const input = model.graph.inputs[0]!;
    const given = floats(one.input);
    const data = input.type === 'int32' ? new Int32Array(given.buffer) : given;
    const result = float32(one.output.dims, new Float32Array(sizeOf(one.output.dims)));
    await executable.run(
      { features: { type: input.type, dims: one.input.dims, data } as Tensor },
      { [model.graph.outputs[0]!.name]: result },
    );
    await executable.release();
    const wanted = floats(one.output);
    const worst = Math.max(
      ...wanted.map((value, index) => Math.abs(value - (result.data as Float32Array)[index]!)),
    );
    const largest = Math.max(...wanted.map(Math.abs));
    expect(largest).toBeGreaterThan(0.05);
    expect(worst / largest).toBeLessThan(2e-6);
  });
});

describe('resnet', () => {
  it('has the weights of torchvision’s ResNet-18 by its defaults', () => {
    const classes = Array.from({ length: 1000 }, (_, index) => `${index}`);
    const model = buildModel(
      { kind: 'named', name: 'resnet', options: { stem: 'large' } },
      { shape: [3, 64, 64], normalize: { kind: 'none' } },
      { kind: 'class', classes },
      1,
    );
    const own = layoutOf(model).entries.map(({ name, dims }) => [name, [...dims]]);
    expect(Object.fromEntries(own)).toEqual(Object.fromEntries(stored.resnet18));
  });
});
