import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { sha256 } from '../../../node/data/sha256.ts';
import { canonicalJob, diffJobs, hashJob } from '../../../shared/job/canonical-job.ts';
import { parseJob } from '../../../shared/job/parse.ts';

const text = readFileSync('examples/digits/job.yaml', 'utf8');
const job = parseJob(text, 'job.yaml');

test('is the same for the same job written otherwise: order, comments, shorthands, defaults', async () => {
  const other = `# another file\nseed: 7\nwire: f32\n${text
    .replace('seed: 7\n', '')
    .replace('max-pool: 2', 'max-pool: { kernel: 2 }')
    .replace('strategy: synchronous', 'strategy: { synchronous: {} }')}`;
  const parsed = parseJob(other, 'other.yaml');
  expect(canonicalJob(parsed)).toBe(canonicalJob(job));
  expect(await hashJob(parsed, sha256)).toBe(await hashJob(job, sha256));
  expect(diffJobs(job, parsed)).toEqual([]);
});

test('survives a round trip through JSON without a difference', () => {
  expect(diffJobs(JSON.parse(canonicalJob(job)), job)).toEqual([]);
});

test('says what changed, a line each', () => {
  const changed = parseJob(
    text
      .replace('batch: 64', 'batch: 32\nclip-norm: 1')
      .replace('learning-rate: 0.002', 'learning-rate: 0.001')
      .replace('dropout: 0.25', 'dropout: 0.5')
      .replace('strategy: synchronous', 'strategy: { local-steps: 10 }')
      .replace('    - dense: 10', '    - dense: 10\n    - relu')
      .replace('[1, 8, 8]', '[64]'),
    'job.yaml',
  );
  expect(diffJobs(job, changed)).toEqual([
    'data.features.shape: [1,8,8] -> [64]',
    'model.layers[8].options.rate: 0.25 -> 0.5',
    'model.layers[12]: not set -> {"options":{},"type":"relu"}',
    'optimizer.learningRate: 0.002 -> 0.001',
    'clipNorm: not set -> 1',
    'strategy.kind: synchronous -> local-steps',
    'strategy.steps: not set -> 10',
    'strategy.outer: not set -> {"learningRate":1,"momentum":0,"nesterov":false}',
    'batch: 64 -> 32',
    'checkpoint.rounds: 100 -> 1',
  ]);
});
