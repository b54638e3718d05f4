import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { answersAsJson, answersAsTable } from '../../../cli/predict-answers.ts';
import { loadPredictor } from '../../../cli/predict-model.ts';
import { buildModel } from '../../../shared/nn/model.ts';
import type { TargetSpec } from '../../../shared/nn/specs.ts';
import { GraphBuilder } from '../../../shared/onnx/builder.ts';
import { writeModel } from '../../../shared/onnx/write.ts';
import { layoutOf } from '../../../shared/parameters/layout-of.ts';
import { exportModel } from '../../../shared/programs/export.ts';

const folder = mkdtempSync(join(tmpdir(), 'tributary-predict-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const target: TargetSpec = { kind: 'symbols', classes: ['x', 'y'], dims: [3], steps: 3 };

/** Each of 5 steps has three numbers, which a dense layer hands on: they are the logits, the blank the last. */
function written(name: string): string {
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
  const file = join(folder, name);
  writeFileSync(file, writeModel(exported));
  return file;
}

test('predict prints the label that an exported model reads, as its file says', async () => {
  const predictor = await loadPredictor(written('model.onnx'), 'cpu', 1);
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

test('predict --beams is refused where no label is read', async () => {
  const builder = new GraphBuilder();
  const input = builder.input('features', 'float32', ['batch', 2]);
  builder.output(builder.op('Relu', [input]), 'prediction');
  const file = join(folder, 'numbers.onnx');
  writeFileSync(file, writeModel(builder.build()));
  await expect(loadPredictor(file, 'cpu', 1, 4)).rejects.toThrow(/--beams: .* reads no labels of symbols/);
});

test('predict --beams finds the label whose ways add up to the most, and says which others are probable', async () => {
  // Two steps say x by 0.4 and nothing by 0.6, the others surely nothing.
  const unsure = [Math.log(0.4), -50, Math.log(0.6)];
  const nothing = [-50, -50, 0];
  const row = Float32Array.from([unsure, unsure, nothing, nothing, nothing].flat());
  const file = written('beams.onnx');
  const best = await loadPredictor(file, 'cpu', 1);
  expect(await best.predict(row, 1)).toEqual([[{ value: '' }]]);
  await best.close();
  const search = await loadPredictor(file, 'cpu', 1, 2);
  const [predictions] = await search.predict(row, 1);
  await search.close();
  expect(predictions).toEqual([
    {
      value: 'x',
      probability: expect.closeTo(0.64, 5),
      alternatives: [{ value: '', probability: expect.closeTo(0.36, 5) }],
    },
  ]);
  const answers = [{ ...search.outputs[0]!, predictions: predictions!, actual: ['x'] }];
  expect(JSON.parse(answersAsJson(answers))[0]).toMatchObject({
    row: 0,
    value: 'x',
    alternatives: [{ value: '' }],
  });
  expect(answersAsTable(answers)).toContain('64.0 %');
});
