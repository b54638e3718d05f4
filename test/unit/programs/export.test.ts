import { InferenceSession, Tensor } from 'onnxruntime-node';
import { describe, expect, it } from 'vitest';
import { modelFromOnnx } from '../../../shared/nn/from-onnx.ts';
import { buildModel, type TargetSpec } from '../../../shared/nn/model.ts';
import { joined } from '../../../shared/onnx/byte-source.ts';
import { readModel } from '../../../shared/onnx/read.ts';
import { LEAST_STORED, StoredTensor } from '../../../shared/onnx/stored-tensor.ts';
import { modelPieces, writeModel } from '../../../shared/onnx/write.ts';
import type { ParameterLayout } from '../../../shared/parameters/layout.ts';
import { layoutOf } from '../../../shared/parameters/layout-of.ts';
import { exportModel } from '../../../shared/programs/export.ts';
import { initialValues } from './program-runner.ts';

const target: TargetSpec = { kind: 'class', classes: ['no', 'maybe', 'yes'] };
const layers = [
  { type: 'dense', options: { units: 4 } },
  { type: 'batch-norm', options: {} },
  { type: 'dropout', options: { rate: 0.5 } },
  { type: 'dense', options: { units: 3 } },
];
const model = buildModel(
  { kind: 'layers', layers },
  { shape: [2], normalize: { kind: 'standardize', mean: [10, 20], deviation: [2, 0] } },
  target,
  1,
);
const layout = layoutOf(model);
const values = initialValues(model, layout).map((value, index) => value + 0.01 * index);
const metadata = {
  target,
  run: 'r-1',
  round: 12,
  version: '1.12.abcdef',
  metrics: { accuracy: 0.5 },
  licence: 'CC BY 4.0',
  producerVersion: '0.1.0',
};

describe('an exported model', () => {
  const exported = exportModel(model, layout, values, metadata);

  it('has the trained weights under clean names, a symbolic batch, and no dropout', () => {
    expect([...exported.graph.initializers.keys()]).toEqual([
      'dense1.weight',
      'dense1.bias',
      'batch_norm1.weight',
      'batch_norm1.bias',
      'batch_norm1.running_mean',
      'batch_norm1.running_var',
      'dense2.weight',
      'dense2.bias',
    ]);
    const { offset } = layout.entries.find(({ name }) => name === 'dense2.bias')!;
    expect(exported.graph.initializers.get('dense2.bias')?.data).toEqual(values.slice(offset, offset + 3));
    expect(exported.graph.inputs[0]?.dims).toEqual(['batch', 2]);
    expect(exported.graph.outputs.map(({ name, dims }) => [name, dims])).toEqual([
      ['logits', ['batch', 3]],
      ['probabilities', ['batch', 3]],
    ]);
    expect(exported.graph.nodes.map(({ op }) => op)).not.toContain('Dropout');
  });

  it('says where it comes from', () => {
    expect(readModel(writeModel(exported)).metadata).toEqual({
      'tributary.run': 'r-1',
      'tributary.round': '12',
      'tributary.version': '1.12.abcdef',
      'tributary.metrics': '{"accuracy":0.5}',
      'tributary.target': 'class',
      'tributary.classes': '["no","maybe","yes"]',
      'tributary.data_licence': 'CC BY 4.0',
      'tributary.producer_version': '0.1.0',
    });
  });

  it('takes raw features and normalises them, a constant feature only centred', async () => {
    const session = await InferenceSession.create(writeModel(exported));
    const run = async (row: number[]) =>
      (await session.run({ features: new Tensor('float32', Float32Array.from(row), [1, 2]) }))[
        'probabilities'
      ]!;
    const probabilities = await run([11, 20]);
    expect((probabilities.data as Float32Array).reduce((sum, value) => sum + value, 0)).toBeCloseTo(1, 5);
    expect((await run([11, 21])).data).not.toEqual(probabilities.data);
    await session.release();
  });

  it('refuses a vector of another length', () => {
    expect(() => exportModel(model, layout, values.slice(1), metadata)).toThrow(RangeError);
    const stored = new StoredTensor('float32', [values.length - 1], () => values);
    expect(() => exportModel(model, layout, stored, metadata)).toThrow(RangeError);
  });

  it('has the same bytes when its weights are read piece by piece from where they lie', () => {
    const wide = buildModel(
      { kind: 'layers', layers: [{ type: 'dense', options: { units: 300 } }, ...layers] },
      { shape: [200], normalize: { kind: 'none' } },
      target,
      1,
    );
    const wideLayout = layoutOf(wide);
    const vector = initialValues(wide, wideLayout);
    let largest = 0;
    const stored = new StoredTensor('float32', [vector.length], (start, count) => {
      largest = Math.max(largest, count);
      return vector.slice(start, start + count);
    });
    const pieces = modelPieces(exportModel(wide, wideLayout, stored, metadata));
    expect(largest).toBeLessThan(LEAST_STORED / 4);
    expect(Buffer.compare(joined(pieces), writeModel(exportModel(wide, wideLayout, vector, metadata)))).toBe(
      0,
    );
  });
});

describe('an exported model as a job’s model', () => {
  it('is trained further: its probabilities are left out, its normalisation stays inside', () => {
    const again = modelFromOnnx(
      writeModel(exportModel(model, layout, values, metadata)),
      { shape: [2], normalize: { kind: 'none' } },
      target,
    );
    const names = ({ entries }: ParameterLayout) => entries.map(({ name }) => name).sort();
    expect(names(layoutOf(again))).toEqual(names(layout));
    expect(again.graph.outputs.map(({ name }) => name)).toEqual(['logits']);
  });
});

describe('exported models of other targets', () => {
  const one = [{ type: 'dense', options: { units: 1 } }];
  it.each([
    [{ kind: 'number' } as const, ['prediction']],
    [{ kind: 'binary', classes: ['no', 'yes'] } as const, ['logits', 'probabilities']],
  ])('%j', (other, outputs) => {
    const small = buildModel(
      { kind: 'layers', layers: one },
      { shape: [2], normalize: { kind: 'none' } },
      other,
      1,
    );
    const smallLayout = layoutOf(small);
    const made = exportModel(small, smallLayout, initialValues(small, smallLayout), {
      ...metadata,
      target: other,
    });
    expect(made.graph.outputs.map(({ name }) => name)).toEqual(outputs);
    expect('tributary.classes' in made.metadata).toBe(other.kind === 'binary');
  });
});
