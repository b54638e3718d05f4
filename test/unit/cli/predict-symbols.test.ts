import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { answersAsTable } from '../../../cli/predict-answers.ts';
import { loadPredictor } from '../../../cli/predict-model.ts';
import { buildModel } from '../../../shared/nn/model.ts';
import type { TargetSpec } from '../../../shared/nn/specs.ts';
import { writeModel } from '../../../shared/onnx/write.ts';
import { layoutOf } from '../../../shared/parameters/layout-of.ts';
import { exportModel } from '../../../shared/programs/export.ts';

const folder = mkdtempSync(join(tmpdir(), 'tributary-predict-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const target: TargetSpec = { kind: 'symbols', classes: ['x', 'y'], dims: [3], steps: 3 };

test('predict prints the label that an exported model reads, as its file says', async () => {
  // Each of 5 steps has three numbers, which a dense layer hands on: they are the logits, the blank the last.
  const layers = [{ type: 'dense', options: { units: 3 } }];
  const features = { shape: [5, 3], normalize: { kind: 'none' } } as const;
  const built = buildModel({ kind: 'layers', layers }, features, target, 1);
  const layout = layoutOf(built);
  const values = new Float32Array(layout.length);
  values.set([1, 0, 0, 0, 1, 0, 0, 0, 1], layout.entries.find(({ name }) => name.endsWith('weight'))!.offset);
  const exported = exportModel(built, layout, values, {
    ...{ target, run: 'r', round: 1, version: '1', metrics: {}, producerVersion: '0', blank: 2 },
    targetColumns: ['label'],
  });
  expect(exported.metadata).toMatchObject({
    'tributary.target': 'symbols',
    'tributary.classes': '["x","y"]',
    'tributary.decoding': 'ctc-best-path',
    'tributary.blank': '2',
  });
  const file = join(folder, 'model.onnx');
  writeFileSync(file, writeModel(exported));
  const predictor = await loadPredictor(file, 'cpu', 1);
  const rows = [
    [0, 0, 2, 0, 1],
    [2, 2, 1, 1, 0],
  ];
  const numbers = rows.flat().flatMap((best) => [0, 1, 2].map((output) => (output === best ? 3 : 0)));
  const [predictions] = await predictor.predict(Float32Array.from(numbers), 2);
  await predictor.close();
  expect(predictor.outputs).toEqual([{ name: 'prediction', columns: ['label'], numbers: 1, isLabel: true }]);
  expect(predictions).toEqual([{ value: 'xxy' }, { value: 'yx' }]);
  const shown = answersAsTable([
    { ...predictor.outputs[0]!, predictions: predictions!, actual: ['xxy', 'y'] },
  ]);
  // One symbol too many, of the four of the labels.
  expect(shown).toContain('1 of 2 rows as the table says: accuracy 50.00 %, label error rate 25.00 %');
});
