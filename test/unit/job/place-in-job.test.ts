import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { showError } from '../../../cli/errors.ts';
import { EXIT } from '../../../cli/exit-codes.ts';
import { examineJob } from '../../../coordinator/run/examine.ts';
import { parseJob } from '../../../shared/job/parse.ts';
import { inJob } from '../../../shared/job/place-in-job.ts';
import { GraphBuilder } from '../../../shared/onnx/builder.ts';
import { float32 } from '../../../shared/onnx/tensor.ts';
import { writeModel } from '../../../shared/onnx/write.ts';

const rows = ['height,weight,town,quality', '1,2,x,a', '2,3,y,b', '3,4,x,a', '4,5,y,b', '5,6,x,a', '6,8,y,b'];
let folder: string;
let file: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'tributary-place-'));
  file = join(folder, 'job.yaml');
  writeFileSync(join(folder, 'wine.csv'), `${rows.join('\n')}\n`);
});

afterEach(() => rmSync(folder, { recursive: true, force: true }));

/** logits = x · weight, [2, 2]. */
function oneLayer(): Uint8Array {
  const builder = new GraphBuilder();
  const x = builder.input('x', 'float32', ['batch', 2]);
  const weight = builder.initializer('fc1.weight', float32([2, 2], [1, 2, 3, 4]));
  builder.output(builder.op('MatMul', [x, weight]), 'logits');
  return writeModel(builder.build());
}

/** What a command shows of a job that its data or its model do not fit, without the folder. */
async function shown(text: string): Promise<{ readonly code: number; readonly text: string }> {
  const error: unknown = await inJob(text, file, () => examineJob(parseJob(text, file), file)).then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  const { code, text: told } = showError(error, false);
  return { code, text: told.replaceAll(`${folder}/`, '') };
}

const job = (data: string, model = '{ layers: [{ dense: 2 }] }'): string =>
  `name: w\ndata:\n  source: wine.csv\n${data}\nmodel: ${model}\nloss: cross-entropy\nepochs: 1\nbatch: 2\n`;

const columns = '  features: { columns: [height, weight] }';

test('an unknown target column has its line of the job file, its key and the nearest column', async () => {
  expect(await shown(job('  target: { column: qualty }'))).toEqual({
    code: EXIT.data,
    text: `job.yaml:4:21: data.target.column: wine.csv:1: There is no target column "qualty". The columns are: height, weight, town, quality.
  4 |   target: { column: qualty }
    |                     ^^^^^^
  did you mean "quality"?

1 problem in job.yaml.`,
  });
});

test.each([
  [
    '  target: { column: quality }\n  features: { columns: [height, wieght] }',
    '5:33: data.features.columns[1]',
    'weight',
  ],
  [
    '  target: { column: quality }\n  features: { categories: [twon] }',
    '5:28: data.features.categories[0]',
    'town',
  ],
  ['  targets:\n    q: { column: qualty }', '5:18: data.targets.q.column', 'quality'],
])('an unknown column is shown where the job names it: %s', async (data, place, nearest) => {
  const text = data.includes('targets')
    ? job(data, '{ layers: [{ dense: 2 }, { label: q }] }')
        .replace('loss:', 'losses:')
        .replace(': cross', ': { q: cross')
        .replace('entropy', 'entropy }')
    : job(data);
  const told = await shown(text);
  expect(told.code).toBe(EXIT.data);
  expect(told.text).toContain(`job.yaml:${place}: wine.csv:1: There is no`);
  expect(told.text).toContain(`did you mean "${nearest}"?`);
});

test('a category that is no feature is shown where it is named', async () => {
  const told = await shown(
    job('  target: { column: quality }\n  features: { columns: [height, weight], categories: [town] }'),
  );
  expect(told.text).toContain(
    'job.yaml:5:55: data.features.categories[0]: wine.csv: The category is not among',
  );
});

test('a layer that does not fit has its line, also inside another one', async () => {
  const told = await shown(
    job(
      `  target: { column: quality }\n${columns}`,
      '\n  layers:\n    - residual:\n        - dense: 3\n    - dense: 2',
    ),
  );
  expect(told.code).toBe(EXIT.model);
  expect(told.text).toContain('job.yaml:9:9: model.layers[0].residual: got [batch, 2], the layers make [3]');
  const inner = await shown(
    job(
      `  target: { column: quality }\n${columns}`,
      '\n  layers:\n    - residual:\n        - relu\n        - conv: { filters: 2, kernel: 3 }\n    - dense: 2',
    ),
  );
  expect(inner.text).toMatch(
    /job\.yaml:10:17: model\.layers\[0\]\.residual\[1\]\.conv: got \[batch, 2\], conv needs/,
  );
});

test('a glob that matches no weight is shown as the job writes it: model.lora, not model.onnx.lora', async () => {
  writeFileSync(join(folder, 'm.onnx'), oneLayer());
  const told = await shown(
    job(`  target: { column: quality }\n${columns}`, '\n  onnx: m.onnx\n  lora:\n    targets: [fc2.*]'),
  );
  expect(told.code).toBe(EXIT.model);
  expect(told.text).toContain("job.yaml:9:15: model.lora.targets[0]: 'fc2.*' matches no weight");
});

test('a model file that is not there is shown where it is named, with the nearest one', async () => {
  writeFileSync(join(folder, 'resnet.onnx'), oneLayer());
  const target = `  target: { column: quality }\n${columns}`;
  const told = await shown(job(target, '{ onnx: resent.onnx }'));
  expect(told.code).toBe(EXIT.file);
  expect(told.text).toContain('job.yaml:6:16: model.onnx: there is no such file: resent.onnx');
  expect(told.text).toContain('did you mean "resnet.onnx"?');
  const deep = await shown(job(target, '{ onnx: { path: none/resnet.onnx } }'));
  expect(deep.code).toBe(EXIT.file);
  expect(deep.text).toContain('job.yaml:6:24: model.onnx.path: there is no such file: none/resnet.onnx');
  expect(deep.text).not.toContain('did you mean');
});
