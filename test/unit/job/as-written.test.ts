import { expect, test } from 'vitest';
import { asWritten } from '../../../shared/job/as-written.ts';
import { pathText } from '../../../shared/job/locate.ts';

const file = {
  data: { target: { column: 'kind' }, features: { columns: ['a', 'b'], categories: ['b'] } },
  model: { layers: ['relu', { residual: ['relu', { dense: 3 }] }, { residual: { layers: [{ dense: 2 }] } }] },
  tuned: { onnx: 'm.onnx', lora: { targets: ['x', 'y'] } },
};

test.each([
  [['model', 'layers', 0], undefined, 'model.layers[0]'],
  [['model', 'layers', 1], undefined, 'model.layers[1].residual'],
  [['model', 'layers', 1, 'layers', 1], undefined, 'model.layers[1].residual[1].dense'],
  [['model', 'layers', 2, 'layers', 0], undefined, 'model.layers[2].residual.layers[0].dense'],
  [['tuned', 'onnx', 'lora', 'targets', 1], undefined, 'tuned.lora.targets[1]'],
  [['tuned', 'onnx'], undefined, 'tuned.onnx'],
  [['data', 'target'], 'kind', 'data.target.column'],
  [['data', 'features', 'categories'], 'b', 'data.features.categories[0]'],
  [['data', 'features', 'columns'], 'z', 'data.features.columns'],
  [['data', 'features', 'shape'], undefined, 'data.features.shape'],
  [['data', 'features', 'text'], 'z', 'data.features'],
])('%j (%s) is %s in the file', (path, word, written) => {
  expect(pathText(asWritten(file, { path, ...(word !== undefined && { word }) }))).toBe(written);
});
