import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { expect, it } from 'vitest';
import { describeRun, trainableParameters } from '../../../coordinator/run/description.ts';
import { tableOptions } from '../../../coordinator/run/prepare.ts';
import { DatasetFile } from '../../../node/data/block-file.ts';
import { ingest } from '../../../node/data/ingest.ts';
import type { Job } from '../../../shared/job/job.ts';
import { parseJob } from '../../../shared/job/parse.ts';
import { isGan } from '../../../shared/nn/gan/networks.ts';
import { writeModel } from '../../../shared/onnx/write.ts';
import { evaluationProgram } from '../../../shared/programs/evaluate.ts';
import { parseRecipe } from '../../../shared/programs/parse-recipe.ts';
import { temporaryFolder } from '../../support/digits.ts';

const EXAMPLES = 'examples';
const cache = join(temporaryFolder(), 'cache');

const files = readdirSync(EXAMPLES, { recursive: true, encoding: 'utf8' })
  .filter((file) => file.endsWith('.yaml'))
  .sort();

/** What `path` names, or, of a file that another example makes first, that example's model before training. */
async function onnxOf(job: Job, folder: string): Promise<Uint8Array | undefined> {
  if (job.model.kind !== 'onnx') return undefined;
  const path = join(folder, job.model.path);
  if (existsSync(path)) return new Uint8Array(readFileSync(path));
  return writeModel((await described(join(folder, 'job.yaml'))).model);
}

/** Reads the data and builds the model, as `tributary check` does. */
async function described(path: string) {
  const folder = dirname(path);
  const text = readFileSync(path, 'utf8');
  const job = parseJob(text, path);
  const { tokens } = job.data;
  // The tokenizer is made together with that file; bytes have the same kind of features.
  const isMade = tokens?.tokenizer.kind === 'file' && !existsSync(join(folder, tokens.tokenizer.path));
  const data = isMade
    ? { ...job.data, tokens: { ...tokens, tokenizer: { kind: 'bytes' as const } } }
    : job.data;
  const { directory } = await ingest(data, folder, cache, job.seed, tableOptions(job));
  const dataset = await DatasetFile.open(directory);
  try {
    return describeRun({ ...job, data }, dataset, await onnxOf(job, folder));
  } finally {
    dataset.close();
  }
}

it.each(files)('examples/%s: the job is right, its data are there and its model fits them', async (file) => {
  const description = await described(join(EXAMPLES, file));
  const { job, model, layout, recipe } = description;
  expect(trainableParameters(layout)).toBeGreaterThan(100);
  expect(parseRecipe(JSON.stringify(recipe))).toEqual(JSON.parse(JSON.stringify(recipe)));
  // Two networks that take turns have programs of their own.
  if (!isGan(model)) {
    const { sums } = evaluationProgram(model, recipe.loss, recipe.target, recipe.metrics);
    expect(sums).toContain('loss');
  }
  expect(job.data.licence).toMatch(/CC BY 4\.0|public domain/);
});

it('every example has a page, which its results, its data and its command are on', () => {
  for (const file of files.filter((name) => name.endsWith('job.yaml'))) {
    const page = join(EXAMPLES, dirname(file), 'README.md');
    const text = existsSync(page) ? readFileSync(page, 'utf8') : '';
    const { data } = parseJob(readFileSync(join(EXAMPLES, file), 'utf8'), file);
    const command = data.heldBy ? 'simulate' : 'run';
    expect(text, page).toContain(`tributary ${command} ${join(EXAMPLES, file)}`);
    expect(text, page).toMatch(/Expected/);
    expect(text, page).toMatch(/CC BY 4\.0|public domain|\.\.\/(shakespeare|digits)/);
  }
});

it('the table of docs/zoo.md has every example', () => {
  const page = readFileSync('docs/zoo.md', 'utf8');
  for (const file of files) {
    const folder = relative('.', dirname(file));
    expect(page).toContain(`(../examples/${folder}/README.md)`);
  }
});
