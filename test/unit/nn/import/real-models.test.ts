import { readFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Engine } from '../../../../engines/engine.ts';
import { createOnnxRuntimeNode } from '../../../../engines/onnxruntime-node.ts';
import { importForTraining } from '../../../../shared/nn/import/import.ts';
import type { FeatureSpec, TargetSpec } from '../../../../shared/nn/model.ts';
import { readModel } from '../../../../shared/onnx/read.ts';
import { float32, sizeOf, type Tensor } from '../../../../shared/onnx/tensor.ts';
import { writeModel } from '../../../../shared/onnx/write.ts';
import { layoutOf } from '../../../../shared/parameters/layout-of.ts';
import { trainingProgram } from '../../../../shared/programs/train.ts';
import { initialValues, ProgramRunner } from '../../programs/program-runner.ts';
import { noise, weight } from './formula.ts';

/** Of one weight of a graph: what it is made of, and torch.autograd's gradient by it. */
interface StoredWeight {
  readonly name: string;
  readonly dims: readonly number[];
  /** PyTorch's parameters, and how the exporter wrote them: `same`, `transposed`, `rows 8`, `lstm`, `lstm-bias`. */
  readonly of: readonly string[];
  readonly how: string;
  readonly norm?: number;
  /** Of the gradient on noise(`<name> <k>`). */
  readonly projections?: readonly number[];
}

interface StoredModel {
  readonly model: string;
  readonly shape: readonly number[];
  readonly vocabulary: number | null;
  readonly batch: number;
  readonly classes: number;
  readonly positions: readonly number[];
  readonly mask: boolean;
  readonly batchNorm: 'train' | 'frozen';
  readonly loss: number;
  /** The largest relative distance of PyTorch's own float32 gradients from its float64 ones. */
  readonly rounding: number;
  /** Shapes of PyTorch's parameters that are not the graph's. */
  readonly shapes: Readonly<Record<string, readonly number[]>>;
  readonly weights: readonly StoredWeight[];
}

const folder = new URL('../../../data/models/', import.meta.url);
const stored: Record<string, StoredModel> = JSON.parse(
  readFileSync(new URL('gradients.json', folder), 'utf8'),
);

let engine: Engine;
beforeAll(async () => {
  engine = await createOnnxRuntimeNode({ threads: 2 });
});
afterAll(() => engine.close());

/** The exporter's graph with its weights in it again. */
function modelBytes(key: string, { weights, shapes }: StoredModel): Uint8Array {
  const model = readModel(gunzipSync(readFileSync(new URL(`${key}.onnx.gz`, folder))));
  const initializers = new Map(model.graph.initializers);
  for (const entry of weights) {
    const parts = entry.of.map((name) => weight(name, shapes[name] ?? entry.dims));
    initializers.set(entry.name, float32(entry.dims, madeOf(parts, entry.how)));
  }
  const inputs = model.graph.inputs.filter(({ name }) => !initializers.has(name));
  return writeModel({ ...model, graph: { ...model.graph, inputs, initializers } });
}

function madeOf(parts: readonly Tensor[], how: string): Float32Array {
  const values = parts.map(({ data }) => data as Float32Array);
  const [first] = parts;
  const [rows = 1, columns = 1] = first!.dims;
  switch (how.split(' ')[0]) {
    case 'same':
      return values[0]!;
    case 'transposed':
      return values[0]!.map((_, index) => values[0]![(index % rows) * columns + Math.floor(index / rows)]!);
    case 'rows':
      return values[0]!.slice(0, Number(how.split(' ')[1]) * columns);
    case 'lstm':
    case 'lstm-bias':
      return Float32Array.from(values.flatMap((part) => [...gatesOf(part)]));
    default:
      throw new Error(`unknown form ${how}`);
  }
}

/** PyTorch's gates i, f, g, o as ONNX has them: i, o, f, c. */
function gatesOf(values: Float32Array): Float32Array {
  const size = values.length / 4;
  const gate = (index: number) => [...values.subarray(index * size, (index + 1) * size)];
  return Float32Array.from([...gate(0), ...gate(3), ...gate(1), ...gate(2)]);
}

function batchOf({ model, shape, vocabulary, batch, classes, positions }: StoredModel) {
  const raw = noise(`${model} features`, batch * sizeOf(shape));
  const features =
    vocabulary === null
      ? Float32Array.from(raw)
      : Float32Array.from(raw, (value) => Math.floor(((value + 1) / 2) * (vocabulary - 1)) + 1);
  const target = Array.from(noise(`${model} target`, batch * sizeOf(positions)), (value) =>
    Math.floor(((value + 1) / 2) * classes),
  );
  return { features, target };
}

describe.each(Object.entries(stored))('%s', (key, entry) => {
  it('has the loss and all the gradients that torch.autograd finds', { timeout: 300_000 }, async () => {
    const target: TargetSpec = {
      kind: 'class',
      classes: Array.from({ length: entry.classes }, (_, index) => String(index)),
      dims: entry.positions,
    };
    const features: FeatureSpec = {
      shape: entry.shape,
      type: entry.vocabulary === null ? 'float32' : 'int32',
      normalize: { kind: 'none' },
    };
    const { model, weights } = importForTraining(
      modelBytes(key, entry),
      features,
      target,
      {
        batchNorm: entry.batchNorm,
        ...(entry.mask
          ? {
              inputs: {
                input_ids: { kind: 'features' },
                attention_mask: { kind: 'not-padding', padding: 0 },
              },
            }
          : {}),
        ...(key === 'sklearn-mlp' ? { output: 'probabilities' } : {}),
      },
      1,
    );
    const loss = { kind: 'cross-entropy', weights: undefined, labelSmoothing: 0, ignore: undefined } as const;
    const layout = layoutOf(model);
    const runner = await ProgramRunner.compile(engine, trainingProgram(model, loss, target), layout);
    const { sums, update } = await runner.run(initialValues(model, layout), batchOf(entry));
    await runner.release();

    expect(Math.abs(sums['loss']! - entry.loss) / entry.loss).toBeLessThan(1e-5);
    const trained = new Map(layout.entries.map((parameter) => [parameter.name, parameter]));
    const wrong: string[] = [];
    const tolerance = Math.max(1e-4, 2 * entry.rounding);
    for (const { name, norm, projections = [] } of entry.weights) {
      const parameter = trained.get(name);
      if (norm === undefined || parameter === undefined || parameter.section === 'buffers') continue;
      const gradient = update.subarray(parameter.offset, parameter.offset + parameter.length);
      const error = differenceFrom(gradient, name, norm, projections, entry.loss);
      if (!(error < tolerance)) wrong.push(`${name}: ${error}`);
      trained.delete(name);
    }
    expect(wrong).toEqual([]);
    // Nothing trains that the oracle does not know; what was written twice is trained once.
    const statistics = layout.entries.filter(({ section }) => section === 'buffers').map(({ name }) => name);
    expect([...trained.keys()]).toEqual(statistics);
    expect(weights.length).toBeGreaterThan(0);
  });
});

/**
 * The relative L2 distance of two gradients, of which the other is known by its norm and some projections: by chance a
 * difference d has the projection |d| times the noise's deviation, 1/sqrt(3).
 */
function differenceFrom(
  gradient: Float32Array,
  name: string,
  norm: number,
  projections: readonly number[],
  scale: number,
): number {
  const length = Math.sqrt(gradient.reduce((sum, value) => sum + value * value, 0));
  let squares = 0;
  projections.forEach((expected, k) => {
    const direction = noise(`${name} ${k}`, gradient.length);
    const actual = gradient.reduce((sum, value, index) => sum + value * direction[index]!, 0);
    squares += 3 * (actual - expected) ** 2;
  });
  const distance = Math.sqrt(squares / projections.length);
  // What is zero in exact arithmetic (a bias before batch normalisation) is rounding beside the loss.
  const floor = 1e-3 * scale;
  return Math.max(distance, Math.abs(length - norm)) / Math.max(norm, floor);
}
