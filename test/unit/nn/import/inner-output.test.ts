import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readersOf } from '../../../../cli/predict-outputs.ts';
import type { Engine } from '../../../../engines/engine.ts';
import { createOnnxRuntimeNode } from '../../../../engines/onnxruntime-node.ts';
import type { LayerJob } from '../../../../shared/job/job.ts';
import { importForTraining, type OnnxOptions } from '../../../../shared/nn/import/import.ts';
import type { FeatureSpec, SeveralTargets } from '../../../../shared/nn/specs.ts';
import { GraphBuilder } from '../../../../shared/onnx/builder.ts';
import type { Model } from '../../../../shared/onnx/model.ts';
import { readModel } from '../../../../shared/onnx/read.ts';
import { float32 } from '../../../../shared/onnx/tensor.ts';
import { writeModel } from '../../../../shared/onnx/write.ts';
import { layoutOf } from '../../../../shared/parameters/layout-of.ts';
import { exportModel } from '../../../../shared/programs/export.ts';
import { initialValues, relativeError } from '../../programs/program-runner.ts';

const ROWS = 3;
const features: FeatureSpec = { shape: [4], normalize: { kind: 'none' } };
const classes = ['0', '1', '2'];

const targets = (digit: string, even: string): SeveralTargets => ({
  kind: 'several',
  outputs: [
    { name: digit, target: { kind: 'class', classes } },
    { name: even, target: { kind: 'binary', classes: ['no', 'yes'] } },
  ],
});

/** `hidden` is an output, and what `logits` and `is_even` are made of; the logits read `is_even`, too. */
function file(): Uint8Array {
  const builder = new GraphBuilder();
  const weight = (name: string, rows: number, columns: number) =>
    builder.initializer(
      name,
      float32(
        [rows, columns],
        Array.from({ length: rows * columns }, (_, at) => Math.sin(at * 1.7 + name.length)),
      ),
    );
  const x = builder.input('x', 'float32', ['N', 4]);
  const hidden = builder.op('Relu', [builder.op('MatMul', [x, weight('trunk', 4, 5)])], {}, 'hidden');
  const even = builder.op('Sigmoid', [builder.op('MatMul', [hidden, weight('parity', 5, 1)])], {}, 'is_even');
  const digit = builder.op('MatMul', [hidden, weight('which', 5, 3)]);
  builder.output(builder.op('Add', [digit, even], {}, 'logits'));
  builder.output(even);
  builder.output(hidden);
  return writeModel(builder.build({ name: 'inner' }));
}

let engine: Engine;
beforeAll(async () => {
  engine = await createOnnxRuntimeNode({ threads: 1 });
});
afterAll(() => engine.close());

async function run(model: Model, name: string, size: number): Promise<Float32Array> {
  const executable = await engine.compile({ model });
  const result = float32([ROWS, size], new Float32Array(ROWS * size));
  const rows = float32(
    [ROWS, 4],
    Array.from({ length: ROWS * 4 }, (_, at) => Math.cos(at)),
  );
  await executable.run({ x: rows }, { [name]: result });
  await executable.release();
  return result.data as Float32Array;
}

/** What a run hands out in the end, here without having trained. */
function exported(target: SeveralTargets, outputs: OnnxOptions['outputs']): Model {
  const { model } = importForTraining(file(), features, target, { outputs }, 0);
  const layout = layoutOf(model);
  const details = { target, run: 'r', round: 1, version: '1', metrics: {}, producerVersion: '0' };
  return exportModel(model, layout, initialValues(model, layout), details, 'original');
}

const layers: readonly LayerJob[] = [{ type: 'dense', options: { units: 1 } }];

describe('an output of the file that others are made of', () => {
  it.each(['last', 'hidden'])(
    'with a head at %s is called by its target: it could not be renamed, when all had been trained',
    async (at) => {
      const outputs = { digit: { output: 'logits' }, even: { output: 'hidden', head: { at, layers } } };
      const out = exported(targets('digit', 'even'), outputs);
      expect(out.graph.outputs.map(({ name }) => name)).toEqual(['logits', 'even']);
      expect(out.graph.nodes.flatMap((node) => node.outputs)).toContain('hidden');
      const wanted = await run(readModel(file()), 'logits', 3);
      expect(relativeError(await run(out, 'logits', 3), wanted)).toBeLessThan(1e-6);
      expect((await run(out, 'even', 1)).every(Number.isFinite)).toBe(true);
      expect(readersOf(out, 'model.onnx').map(({ name, value }) => [name, value])).toEqual([
        ['digit', 'logits'],
        ['even', 'even'],
      ]);
    },
  );

  it('keeps its name where its activation was taken off, under a target of another name', async () => {
    const out = exported(targets('digit', 'even'), {
      digit: { output: 'logits' },
      even: { output: 'is_even' },
    });
    expect(out.graph.outputs.map(({ name }) => name)).toEqual(['logits', 'is_even']);
    for (const [name, size] of [
      ['logits', 3],
      ['is_even', 1],
    ] as const) {
      const wanted = await run(readModel(file()), name, size);
      expect(relativeError(await run(out, name, size), wanted), name).toBeLessThan(1e-6);
    }
  });

  it('may have a head for a target of its own name', async () => {
    const outputs = { digit: { output: 'logits' }, is_even: { head: { at: 'last', layers } } };
    const out = exported(targets('digit', 'is_even'), outputs);
    expect(out.graph.outputs.map(({ name }) => name)).toEqual(['logits', 'is_even']);
    const wanted = await run(readModel(file()), 'logits', 3);
    expect(relativeError(await run(out, 'logits', 3), wanted)).toBeLessThan(1e-6);
  });

  it.each([
    ['x', 'input'],
    ['logits', 'output'],
  ])('is refused before the run where its target’s name, %s, is that of an %s', (name, what) => {
    const outputs = {
      digit: { output: 'logits' },
      [name]: { output: 'hidden', head: { at: 'last', layers } },
    };
    expect(() => importForTraining(file(), features, targets('digit', name), { outputs }, 0)).toThrow(
      new RegExp(`would have '${name}' twice, .* as another ${what}: call the target otherwise`),
    );
  });
});
