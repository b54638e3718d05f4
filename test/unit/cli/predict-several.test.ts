import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { answersAsCsv, answersAsJson, answersAsTable } from '../../../cli/predict-answers.ts';
import { loadPredictor } from '../../../cli/predict-model.ts';
import { readRows } from '../../../cli/predict-rows.ts';
import { targetsOf } from '../../../cli/predict-targets.ts';
import type { LayerJob } from '../../../shared/job/job.ts';
import { buildModel } from '../../../shared/nn/model.ts';
import type { SeveralTargets } from '../../../shared/nn/specs.ts';
import { writeModel } from '../../../shared/onnx/write.ts';
import { layoutOf } from '../../../shared/parameters/layout-of.ts';
import { exportModel } from '../../../shared/programs/export.ts';
import { predictedColumns } from '../../../shared/programs/output-metadata.ts';

const folder = mkdtempSync(join(tmpdir(), 'tributary-predict-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

function file(name: string, content: string | Uint8Array): string {
  const path = join(folder, name);
  writeFileSync(path, content);
  return path;
}

const target: SeveralTargets = {
  kind: 'several',
  outputs: [
    { name: 'colour', target: { kind: 'class', classes: ['red', 'green'] } },
    { name: 'big', target: { kind: 'binary', classes: ['no', 'yes'] } },
    { name: 'size', target: { kind: 'number', dims: [2] } },
  ],
};

/** Weights by hand: the colour by the larger of two numbers, big where their sum is positive, size the numbers themselves. */
function model(): string {
  const layers = [
    { type: 'label', options: { name: 'in' } },
    { type: 'dense', options: { units: 2 } },
    { type: 'label', options: { name: 'colour' } },
    { type: 'from', options: { label: 'in' } },
    { type: 'dense', options: { units: 1 } },
    { type: 'label', options: { name: 'big' } },
    { type: 'from', options: { label: 'in' } },
    { type: 'dense', options: { units: 2 } },
    { type: 'label', options: { name: 'size' } },
  ];
  const built = buildModel(
    { kind: 'layers', layers },
    { shape: [2], normalize: { kind: 'none' } },
    target,
    1,
  );
  const layout = layoutOf(built);
  const values = new Float32Array(layout.length);
  const given = { 'dense1.weight': [4, 0, 0, 4], 'dense2.weight': [1, 1], 'dense3.weight': [1, 0, 0, 1] };
  for (const [name, numbers] of Object.entries(given)) {
    values.set(numbers, layout.entries.find((entry) => entry.name === name)!.offset);
  }
  const columns = predictedColumns({
    type: 'several',
    outputs: [
      { name: 'colour', target: { type: 'class', column: 'hue' } },
      { name: 'big', target: { type: 'binary', column: 3 } },
      { name: 'size', target: { type: 'number', columns: ['w', 'h'] } },
    ],
  });
  const details = { target, run: 'r', round: 1, version: '1', metrics: {}, producerVersion: '0', ...columns };
  return file('several.onnx', writeModel(exportModel(built, layout, values, details)));
}

const table = file('rows.csv', 'a,hue,b,3rd\n1,red,-3,no\n-1,green,2,no\n');

describe('a model of several outputs', () => {
  test('says what each output says, beside what is true', async () => {
    const predictor = await loadPredictor(model(), 'cpu', 1);
    expect(predictor.outputs).toEqual([
      { name: 'colour', columns: ['hue'], numbers: 1, classes: ['red', 'green'] },
      { name: 'big', columns: ['3'], numbers: 1, classes: ['no', 'yes'] },
      { name: 'size', columns: ['w', 'h'], numbers: 2 },
    ]);
    const named = targetsOf(['hue', 'big=3rd'], predictor.outputs);
    expect(named).toEqual([
      { output: 'colour', column: 'hue' },
      { output: 'big', column: '3rd' },
    ]);
    const rows = await readRows(table, predictor.width, {
      delimiter: ',',
      targets: named.map(({ column }) => column),
    });
    expect(rows.values).toEqual(Float32Array.of(1, -3, -1, 2));
    expect(rows.actual).toEqual([
      ['red', 'green'],
      ['no', 'no'],
    ]);
    const predictions = await predictor.predict(rows.values, rows.count);
    await predictor.close();
    expect(predictions.map((one) => one.map(({ value }) => value))).toEqual([
      ['red', 'green'],
      ['no', 'yes'],
      [
        [1, -3],
        [-1, 2],
      ],
    ]);
    const answers = predictor.outputs.map(({ name }, at) => ({
      ...{ name, predictions: predictions[at]!, actual: rows.actual[at] },
    }));
    const csv = answersAsCsv(answers).split('\n');
    expect(csv[0]).toBe('row,colour,colour_probability,colour_actual,big,big_probability,big_actual,size');
    expect(csv[1]).toMatch(/^0,red,0\.99.*,red,no,0\.88.*,no,1 -3$/);
    expect(JSON.parse(answersAsJson(answers))[1]).toMatchObject({
      row: 1,
      colour: { value: 'green', actual: 'green' },
      big: { value: 'yes', actual: 'no' },
      size: { value: [-1, 2] },
    });
    const shown = answersAsTable(answers);
    expect(shown).toContain('colour probability');
    expect(shown).toContain('colour: 2 of 2 rows as the table says');
    expect(shown).toContain('big: 1 of 2 rows as the table says');
  });

  test('the hint names all columns that it was trained on', async () => {
    const options = { delimiter: ',', targets: [], trainedOn: ['hue', '3'] };
    await expect(readRows(table, 2, options)).rejects.toMatchObject({
      hint: 'Columns hue, 3 are what the model predicts: name them with --target hue --target 3.',
    });
  });

  test.each([
    [['nothing'], /say which it is for: --target OUTPUT=COLUMN/],
    [['hue', 'colour=a'], /twice for the output colour/],
    [['size=w'], /the output size predicts 2 numbers of a row \(w, h\), and 1 column is named/],
    [['w', 'size=w'], /the column w is given twice for the output size/],
  ])('--target %s is refused', (given, message) => {
    const outputs = [
      { name: 'colour', columns: ['hue'], numbers: 1 },
      { name: 'big', columns: [], numbers: 1 },
      { name: 'size', columns: ['w', 'h'], numbers: 2 },
    ];
    expect(() => targetsOf(given, outputs)).toThrow(message);
  });

  test('of one output a column is its own, once', () => {
    const only = [{ name: 'prediction', columns: [], numbers: 1 }];
    expect(targetsOf(['any'], only)).toEqual([{ output: 'prediction', column: 'any' }]);
    expect(() => targetsOf(['a', 'b'], only)).toThrow(/given twice/);
  });

  test('several numbers are compared each with its own column, whatever the order they are named in', () => {
    const only = [{ name: 'prediction', columns: ['x', 'y'], numbers: 2 }];
    expect(targetsOf(['y', 'x'], only).map(({ column }) => column)).toEqual(['x', 'y']);
    expect(() => targetsOf(['x'], only)).toThrow(/the model predicts 2 numbers of a row \(x, y\), and 1/);
    const outputs = [...only, { name: 'place', columns: ['u', 'v'], numbers: 2 }];
    expect(targetsOf(['place'], outputs).map(({ column }) => column)).toEqual(['u', 'v']);
    const answers = (actual: readonly (readonly string[])[]) => [
      { name: 'prediction', predictions: [{ value: [1, 2] }, { value: [3, 4] }], actual },
    ];
    const shown = answersAsTable(
      answers([
        ['1', '3'],
        ['2', '4'],
      ]),
    );
    expect(shown).toContain('mean absolute error 0.5');
    expect(shown).toContain('over 2 rows of 2 numbers each');
    expect(
      answersAsTable(
        answers([
          ['1', ''],
          ['2', 'b'],
        ]),
      ),
    ).toContain('not compared: 1 of the 3 answers in the table are no numbers');
  });
});

test('a label among several outputs is read, compared, and searched for with beams', async () => {
  const target: SeveralTargets = {
    kind: 'several',
    outputs: [
      { name: 'read', target: { kind: 'symbols', classes: ['x', 'y'], dims: [2], steps: 3 } },
      { name: 'sum', target: { kind: 'number' } },
    ],
  };
  // Three steps of three numbers, which are the logits: the blank is the second.
  const layers = [
    { type: 'label', options: { name: 'in' } },
    { type: 'dense', options: { units: 3 } },
    { type: 'label', options: { name: 'read' } },
    { type: 'from', options: { label: 'in' } },
    'flatten',
    { type: 'dense', options: { units: 1 } },
    { type: 'label', options: { name: 'sum' } },
  ];
  const features = { shape: [3, 3], normalize: { kind: 'none' } } as const;
  const built = buildModel({ kind: 'layers', layers: layers as LayerJob[] }, features, target, 1);
  const layout = layoutOf(built);
  const values = new Float32Array(layout.length);
  const given = { 'dense1.weight': [1, 0, 0, 0, 1, 0, 0, 0, 1], 'dense2.weight': new Array(9).fill(1) };
  for (const [name, numbers] of Object.entries(given))
    values.set(numbers, layout.entries.find((entry) => entry.name === name)!.offset);
  const columns = predictedColumns({
    type: 'several',
    outputs: [
      { name: 'read', target: { type: 'symbols', column: 'word', length: 2 } },
      { name: 'sum', target: { type: 'number', column: 'total' } },
    ],
  });
  const details = { target, run: 'r', round: 1, version: '1', metrics: {}, producerVersion: '0', ...columns };
  const exported = exportModel(built, layout, values, { ...details, blanks: { read: 1 } });
  expect(JSON.parse(exported.metadata['tributary.outputs']!)).toEqual([
    { name: 'read', kind: 'symbols', classes: ['x', 'y'], blank: 1, column: 'word' },
    { name: 'sum', kind: 'number', column: 'total' },
  ]);
  expect(exported.graph.outputs.map(({ name }) => name)).toEqual(['read', 'read_probabilities', 'sum']);
  const path = file('label.onnx', writeModel(exported));
  const rows = Float32Array.from(
    [
      [9, 0, 0, 0, 9, 0, 0, 0, 9],
      [0, 9, 0, 0, 1, 2, 0, 1, 2],
    ].flat(),
  );
  const predictor = await loadPredictor(path, 'cpu', 1);
  expect(predictor.outputs).toEqual([
    { name: 'read', columns: ['word'], numbers: 1, isLabel: true },
    { name: 'sum', columns: ['total'], numbers: 1 },
  ]);
  const [read, sum] = await predictor.predict(rows, 2);
  await predictor.close();
  expect(read).toEqual([{ value: 'xy' }, { value: 'y' }]);
  expect(sum!.map(({ value }) => value)).toEqual([expect.closeTo(27), expect.closeTo(15)]);
  const shown = answersAsTable([
    { ...predictor.outputs[0]!, predictions: read!, actual: ['xy', 'yy'] },
    { ...predictor.outputs[1]!, predictions: sum!, actual: ['27', '15'] },
  ]);
  expect(shown).toContain('read: 1 of 2 rows as the table says: accuracy 50.00 %, label error rate 25.00 %');
  const search = await loadPredictor(path, 'cpu', 1, 3);
  const [found, same] = await search.predict(rows, 2);
  await search.close();
  expect(found!.map(({ value, alternatives }) => [value, alternatives!.length])).toEqual([
    ['xy', 2],
    ['y', 2],
  ]);
  expect(same).toEqual(sum);
});

test('a predicted number is shown as its column has it', () => {
  const predictions = [{ value: 483_217.4375 }, { value: 0.000_012_345_678 }, { value: -3 }];
  const shown = answersAsTable([{ name: 'prediction', predictions, actual: ['539022', '0', '-3'] }]);
  for (const text of ['483217', '0.0000123457', '-3', '539022']) expect(shown).toContain(text);
});
