import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Engine } from '../../../../engines/engine.ts';
import { createOnnxRuntimeNode } from '../../../../engines/onnxruntime-node.ts';
import { importForTraining } from '../../../../shared/nn/import/import.ts';
import { OUTPUT_SAYS } from '../../../../shared/nn/import/restore.ts';
import type { FeatureSpec, SeveralTargets } from '../../../../shared/nn/specs.ts';
import { GraphBuilder } from '../../../../shared/onnx/builder.ts';
import type { Model } from '../../../../shared/onnx/model.ts';
import { readModel } from '../../../../shared/onnx/read.ts';
import { float32, type Tensor } from '../../../../shared/onnx/tensor.ts';
import { writeModel } from '../../../../shared/onnx/write.ts';
import { layoutOf } from '../../../../shared/parameters/layout-of.ts';
import { exportModel } from '../../../../shared/programs/export.ts';
import { initialValues, relativeError } from '../../programs/program-runner.ts';

const features: FeatureSpec = { shape: [4], normalize: { kind: 'none' } };
const target: SeveralTargets = {
  kind: 'several',
  outputs: [
    { name: 'digit', target: { kind: 'class', classes: ['0', '1', '2'] } },
    { name: 'even', target: { kind: 'binary', classes: ['no', 'yes'] } },
    { name: 'size', target: { kind: 'number' } },
  ],
};

/** A trunk and four heads: a softmax, a sigmoid that a third head reads too, and one that nobody asks for. */
function file(): Uint8Array {
  const builder = new GraphBuilder();
  const weight = (name: string, rows: number, columns: number) =>
    builder.initializer(
      name,
      float32(
        [rows, columns],
        Array.from({ length: rows * columns }, (_, at) => Math.sin(at * 1.7 + name.charCodeAt(0))),
      ),
    );
  const x = builder.input('x', 'float32', ['N', 4]);
  const trunk = builder.op('Relu', [builder.op('MatMul', [x, weight('trunk', 4, 5)])], {}, 'seen');
  const head = (name: string, size: number) => builder.op('MatMul', [trunk, weight(`${name}.w`, 5, size)]);
  builder.output(builder.op('Softmax', [head('digit', 3)], { axis: 1 }), 'digit');
  const even = builder.op('Sigmoid', [head('even', 1)], {}, 'even');
  builder.output(even);
  builder.output(builder.op('Add', [head('size', 1), even], {}, 'size'));
  builder.output(head('aside', 2), 'aside');
  return writeModel(builder.build({ name: 'heads' }));
}

let engine: Engine;
beforeAll(async () => {
  engine = await createOnnxRuntimeNode({ threads: 1 });
});
afterAll(() => engine.close());

async function run(model: Model, input: string, sizes: Readonly<Record<string, number>>) {
  const executable = await engine.compile({ model });
  const results: Record<string, Tensor> = {};
  for (const [name, size] of Object.entries(sizes)) results[name] = float32([3, size], new Array(3 * size));
  const rows = float32(
    [3, 4],
    Array.from({ length: 12 }, (_, at) => Math.cos(at)),
  );
  await executable.run({ [input]: rows }, results);
  await executable.release();
  return results;
}

describe('a file of several outputs, with a target for each of three', () => {
  const { model, weights, notes } = importForTraining(file(), features, target, {}, 0);
  const layout = layoutOf(model);
  const details = { target, run: 'r', round: 1, version: '1', metrics: {}, producerVersion: '0' };

  it('trains under the names of the outputs, as logits, and leaves the fourth out', () => {
    expect(model.graph.outputs.map(({ name, dims }) => [name, dims])).toEqual([
      ['digit', ['batch', 3]],
      ['even', ['batch', 1]],
      ['size', ['batch', 1]],
    ]);
    expect(weights.map(({ name }) => name)).toEqual(
      expect.arrayContaining(['trunk', 'digit.w', 'even.w', 'size.w']),
    );
    expect(weights).toHaveLength(4);
    expect(notes).toEqual([]);
  });

  it('is handed out as the file was, by the names and with the activations that it had', async () => {
    const sizes = { digit: 3, even: 1, size: 1 };
    const values = initialValues(model, layout);
    const original = exportModel(model, layout, values, details, 'original');
    const own = exportModel(model, layout, values, details);
    expect(original.graph.inputs.map(({ name }) => name)).toEqual(['x']);
    expect(original.graph.outputs.map(({ name }) => name)).toEqual(['digit', 'even', 'size']);
    expect(original.metadata).toMatchObject({
      [`${OUTPUT_SAYS}.digit`]: 'probabilities',
      [`${OUTPUT_SAYS}.even`]: 'probabilities',
    });
    const [theirs, ours] = [
      await run(original, 'x', sizes),
      await run(own, 'features', { digit_probabilities: 3, even_probabilities: 1, size: 1 }),
    ];
    const before = await run(readModel(file()), 'x', sizes);
    for (const name of Object.keys(sizes)) {
      const wanted = before[name]!.data as Float32Array;
      const probabilities = ours[name] ?? ours[`${name}_probabilities`]!;
      expect(relativeError(theirs[name]!.data as Float32Array, wanted), name).toBeLessThan(1e-6);
      expect(relativeError(probabilities.data as Float32Array, wanted), name).toBeLessThan(1e-6);
    }
  });

  it.each([
    [
      'a target that is no output',
      { ...target, outputs: [{ ...target.outputs[0]!, name: 'digits' }] },
      {},
      /'digits', and the file has no such output: it has 'digit', 'even', 'size', 'aside'/,
    ],
    [
      'an output of another size',
      { ...target, outputs: [{ ...target.outputs[2]!, name: 'digit' }] },
      {},
      /needs float32 \[batch, 1\]/,
    ],
    ['a choice of one output', target, { output: 'digit' }, /output is of models with one target/],
  ])('refuses %s', (_, wanted, job, message) => {
    expect(() => importForTraining(file(), features, wanted, job, 0)).toThrow(message);
  });
});
