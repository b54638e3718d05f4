import { expect, test } from 'vitest';
import { JobError, type Problem } from '../../../shared/job/job-error.ts';
import { parseJob } from '../../../shared/job/parse.ts';

const job = (memory: string): string =>
  [
    'name: small',
    'data: { source: a.csv, target: { column: label } }',
    'model: { mlp: { hidden: [8] } }',
    'loss: cross-entropy',
    'epochs: 2',
    memory,
    '',
  ].join('\n');

test('memory is kept as it is without the section', () => {
  expect(parseJob(job(''), 'job.yaml').memory).toBeUndefined();
});

test('recompute and micro-batch may stand alone', () => {
  expect(parseJob(job('memory: { recompute: auto }'), 'job.yaml').memory).toEqual({ recompute: 'auto' });
  expect(parseJob(job('memory: { micro-batch: 8 }'), 'job.yaml').memory).toEqual({
    recompute: 'off',
    microBatch: 8,
  });
  expect(parseJob(job('memory: { micro-batch: auto }'), 'job.yaml').memory).toEqual({
    recompute: 'off',
    microBatch: 'auto',
  });
});

test('a precision other than float32 is kept; float32 is what is meant without one, and changes no job', () => {
  for (const precision of ['mixed', 'emulated'] as const) {
    expect(parseJob(job(`memory: { precision: ${precision} }`), 'job.yaml').memory).toEqual({
      recompute: 'off',
      precision,
    });
  }
  const memory = parseJob(job('memory: { precision: float32 }'), 'job.yaml').memory;
  expect(memory).toEqual({ recompute: 'off' });
  expect(memory).not.toHaveProperty('precision');
});

test.each([
  ['memory: { micro-batch: 0 }', 'memory.micro-batch'],
  ['memory: { micro-batch: some }', 'memory.micro-batch'],
  ['memory: { recompute: always }', 'memory.recompute'],
  ['memory: { checkpoint: 5 }', 'memory.checkpoint'],
  ['memory: { precision: float16 }', 'memory.precision'],
])('%s is refused where it stands', (line, path) => {
  let problems: readonly Problem[] = [];
  try {
    parseJob(job(line), 'job.yaml');
  } catch (error) {
    if (error instanceof JobError) problems = error.problems;
  }
  expect(problems.map((problem) => problem.path)).toEqual([path]);
});
