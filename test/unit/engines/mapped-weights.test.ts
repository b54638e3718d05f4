import { mkdtempSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { createEngine } from '../../../engines/create.ts';
import { openModelFile } from '../../../node/files/model-file.ts';
import { GraphBuilder } from '../../../shared/onnx/builder.ts';
import type { Model } from '../../../shared/onnx/model.ts';
import { readModel } from '../../../shared/onnx/read.ts';
import type { StoredTensor } from '../../../shared/onnx/stored-tensor.ts';
import { float32, type Tensor } from '../../../shared/onnx/tensor.ts';
import { writeModel, writeModelWithData, writeReferring } from '../../../shared/onnx/write.ts';

/** Above it, weights stay in their file. */
const WIDTH = 160;
const folder = mkdtempSync(join(tmpdir(), 'tributary-mapped-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

function numbers(dims: readonly number[], seed: number): Tensor {
  const length = dims.reduce((size, dim) => size * dim, 1);
  return float32(
    dims,
    Float32Array.from({ length }, (_, i) => Math.sin(seed + i * 1.7) / 20),
  );
}

/**
 * Large weights in every place that the runtime looks at before it runs: as initializers and as Constants, read by products,
 * transposed (which it folds), looked up in, convolved with and normalised (which it folds into the convolution).
 */
function build(name: string): Model {
  const builder = new GraphBuilder();
  const ids = builder.input('ids', 'int32', ['batch', 4]);
  const table = builder.initializer('table', numbers([200, WIDTH], 1));
  const rows = builder.op('ReduceMean', [builder.op('Gather', [table, ids]), builder.ints([1])], {
    keepdims: 0,
  });
  const frozen = builder.constant(numbers([WIDTH, WIDTH], 2), 'frozen');
  const turned = builder.op('Transpose', [builder.initializer('turned', numbers([WIDTH, WIDTH], 3))], {
    perm: [1, 0],
  });
  const made = builder.op('MatMul', [builder.op('MatMul', [rows, frozen]), turned]);
  const image = builder.op('Reshape', [made, builder.ints([-1, WIDTH, 1, 1])]);
  const convolved = builder.op('Conv', [
    image,
    builder.initializer('kernel', numbers([WIDTH, WIDTH, 1, 1], 4)),
  ]);
  const [scale, shift, mean] = [5, 6, 7].map((seed) =>
    builder.initializer(`normal${seed}`, numbers([WIDTH], seed)),
  );
  const ones = builder.initializer('variance', float32([WIDTH], new Float32Array(WIDTH).fill(1)));
  builder.output(builder.op('BatchNormalization', [convolved, scale!, shift!, mean!, ones]), 'y');
  return builder.build({ name });
}

async function answer(model: Model, seldom: boolean): Promise<Float32Array> {
  const engine = await createEngine('cpu', { threads: 1 });
  try {
    const executable = await engine.compile({ model, seldom });
    const y = new Float32Array(2 * WIDTH);
    await executable.run(
      { ids: { type: 'int32', dims: [2, 4], data: Int32Array.of(0, 1, 2, 3, 199, 100, 50, 25) } },
      { y: float32([2, WIDTH, 1, 1], y) },
    );
    await executable.release();
    return y;
  } finally {
    await engine.close();
  }
}

function expectClose(actual: Float32Array, expected: Float32Array): void {
  const largest = Math.max(...expected.map(Math.abs));
  expect(largest).toBeGreaterThan(0);
  const furthest = actual.reduce((most, value, i) => Math.max(most, Math.abs(value - expected[i]!)), 0);
  expect(furthest / largest).toBeLessThan(1e-5);
}

describe('a model whose weights lie in files', () => {
  // A name of another length moves them: at each of four places within a word, the runtime reads them as they are.
  test.each([0, 1, 2, 3])(
    'computes what it computes from memory, %i bytes further in its file',
    async (by) => {
      const model = build('x'.repeat(by + 1));
      const file = join(folder, `${by}.onnx`);
      writeFileSync(file, writeModel(model));
      const stored = readModel(openModelFile(file));
      const table = stored.graph.initializers.get('table') as StoredTensor;
      expect(table.place?.path).toBe(file);
      const expected = await answer(model, false);
      for (const seldom of [false, true]) expectClose(await answer(stored, seldom), expected);
    },
  );

  test('computes the same with its data in another file', async () => {
    const { model, data } = writeModelWithData(build('beside'), 'beside.data');
    writeFileSync(join(folder, 'beside.onnx'), model);
    writeFileSync(
      join(folder, 'beside.data'),
      Buffer.concat(data.map((piece) => piece.read(0, piece.length))),
    );
    const stored = readModel(openModelFile(join(folder, 'beside.onnx')));
    expectClose(await answer(stored, true), await answer(build('beside'), false));
  });

  test('is handed to the runtime without them', () => {
    const file = join(folder, 'referring.onnx');
    const bytes = writeModel(build('referring'));
    writeFileSync(file, bytes);
    const stored = readModel(openModelFile(file));
    const told: string[] = [];
    const referring = writeReferring(stored, (path) => {
      told.push(path);
      return 'there';
    });
    expect(new Set(told)).toEqual(new Set([file]));
    expect(bytes.length).toBeGreaterThan(4 * WIDTH * WIDTH * 4);
    expect(referring?.length).toBeLessThan(10_000);
    expect(writeReferring(build('in memory'), () => 'there')).toBeUndefined();
    expect(writeReferring(stored, () => undefined)).toBeUndefined();
  });

  test('is not handed over when its file was changed meanwhile', async () => {
    const file = join(folder, 'changed.onnx');
    writeFileSync(file, writeModel(build('changed')));
    const stored = readModel(openModelFile(file));
    utimesSync(file, new Date(), new Date(1e9));
    await expect(answer(stored, true)).rejects.toThrow(/was changed or cut off/);
  });
});
