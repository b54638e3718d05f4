import { describe, expect, it } from 'vitest';
import { JobError } from '../../../shared/job/job-error.ts';
import { parseJob } from '../../../shared/job/parse.ts';
import { lossWords } from '../../../shared/nn/losses/losses-of.ts';
import { recipeLoss } from '../../../shared/programs/recipe-loss.ts';

const LINES = {
  name: 'several',
  data: '{ source: a.csv, targets: { digit: { column: digit }, even: { column: even, type: binary }, size: { columns: [w, h], type: number } } }',
  model: '{ mlp: { hidden: [8] } }',
  losses:
    '{ digit: { cross-entropy: { label-smoothing: 0.1 } }, even: { binary-cross-entropy: {}, weight: 0.3 }, size: { huber: 2, weight: 2 } }',
  epochs: '2',
};

function job(lines: Readonly<Record<string, string | undefined>> = {}): string {
  const all = Object.entries({ ...LINES, ...lines }).filter(([, value]) => value !== undefined);
  return all.map(([key, value]) => `${key}: ${value}\n`).join('');
}

function problemsOf(lines: Readonly<Record<string, string | undefined>>) {
  try {
    parseJob(job(lines), 'job.yaml');
  } catch (error) {
    if (error instanceof JobError) return error.problems;
    throw error;
  }
  return [];
}

describe('a job of several outputs', () => {
  it('has a target for each, and a weighted sum of losses', () => {
    const parsed = parseJob(
      job({
        evaluate: '{ metrics: [digit.macro-f1, even.roc-auc] }',
        'early-stopping': '{ metric: digit.macro-f1 }',
        schedule: '{ plateau: { metric: size.r2 } }',
      }),
      'job.yaml',
    );
    expect(parsed.data.target).toEqual({
      type: 'several',
      outputs: [
        { name: 'digit', target: { type: 'class', column: 'digit' } },
        { name: 'even', target: { type: 'binary', column: 'even' } },
        { name: 'size', target: { type: 'number', columns: ['w', 'h'] } },
      ],
    });
    expect(parsed.loss).toEqual({
      kind: 'sum',
      terms: [
        {
          ...{ output: 'digit', weight: 1 },
          loss: { kind: 'cross-entropy', weights: undefined, ignore: undefined, labelSmoothing: 0.1 },
        },
        {
          ...{ output: 'even', weight: 0.3 },
          loss: { kind: 'binary-cross-entropy', positiveWeight: undefined },
        },
        { output: 'size', weight: 2, loss: { kind: 'huber', delta: 2 } },
      ],
    });
    expect(parsed.checkpoint.best).toBe('loss');
    const travelled = JSON.parse(JSON.stringify(parsed.loss));
    expect(recipeLoss.parse(travelled)).toEqual(travelled);
    expect(lossWords(parsed.loss)).toBe(
      'cross-entropy of digit + 0.3 × binary-cross-entropy of even + 2 × huber of size',
    );
  });

  it.each<[string, Readonly<Record<string, string | undefined>>, object]>([
    [
      'an output that there is not, with the nearest',
      { losses: '{ digits: cross-entropy, even: binary-cross-entropy, size: mse }' },
      { path: 'losses.digits', nearest: 'digit', line: 4, column: 11 },
    ],
    [
      'a target without a loss',
      { losses: '{ digit: cross-entropy, size: mse }' },
      { path: 'losses.even', message: 'the output "even" has a target and no loss' },
    ],
    [
      'a loss that does not fit',
      { losses: '{ digit: mse, even: binary-cross-entropy, size: mse }' },
      { path: 'losses.digit', message: expect.stringMatching(/mse does not fit a target of type class/) },
    ],
    [
      'a loss for vectors and a target of one number',
      {
        data: '{ source: a.csv, targets: { size: { column: w, type: number } } }',
        losses: '{ size: cosine }',
      },
      { path: 'losses.size', allowed: ['several columns in data.targets.size.columns'] },
    ],
    [
      'a word that is no loss',
      { losses: '{ digit: cross-entropy, even: bce, size: mse }' },
      { path: 'losses.even', nearest: 'binary-cross-entropy' },
    ],
    [
      'a weight that is none',
      { losses: '{ digit: cross-entropy, even: { binary-cross-entropy: {}, weight: 0 }, size: mse }' },
      { path: 'losses.even.weight' },
    ],
    [
      'one loss for all',
      { losses: undefined, loss: 'cross-entropy' },
      { path: 'loss', message: expect.stringMatching(/a loss for each/) },
    ],
    [
      'losses without targets',
      { data: '{ source: a.csv, target: { column: digit } }' },
      { path: 'losses', message: expect.stringMatching(/data.targets does not say which/) },
    ],
    ['no loss', { losses: undefined }, { path: 'losses', message: '"losses" is missing' }],
    [
      'target and targets',
      {
        data: '{ source: a.csv, target: { column: a }, targets: { digit: { column: digit } } }',
        losses: '{ digit: cross-entropy }',
      },
      { path: 'data.target', message: 'target and targets cannot both be set' },
    ],
    [
      'a name that programs need',
      { data: '{ source: a.csv, targets: { logits: { column: a } } }', losses: '{ logits: cross-entropy }' },
      { path: 'data.targets.logits' },
    ],
    [
      'a metric of no output',
      { 'early-stopping': '{ metric: digit.accurracy }' },
      { path: 'early-stopping.metric', nearest: 'digit.accuracy' },
    ],
    [
      'a metric on demand that this type has not',
      { evaluate: '{ metrics: [even.macro-f1] }' },
      { path: 'evaluate.metrics[0]', message: expect.stringMatching(/even.macro-f1/) },
    ],
    [
      'a target without a column',
      { data: '{ source: a.csv, targets: { digit: { type: class } } }', losses: '{ digit: cross-entropy }' },
      { path: 'data.targets.digit.column', message: '"column" is missing' },
    ],
    [
      'a target among the features',
      {
        data: '{ source: a.csv, features: { columns: [a, digit] }, targets: { digit: { column: digit } } }',
        losses: '{ digit: cross-entropy }',
      },
      { path: 'data.features.columns', message: 'the target column "digit" is among the features' },
    ],
    [
      'images in folders',
      {
        data: '{ source: pictures, format: { type: images }, features: { shape: [1, 8, 8] }, targets: { digit: { column: digit } } }',
        losses: '{ digit: cross-entropy }',
      },
      { path: 'data.targets', message: expect.stringMatching(/name of its folder/) },
    ],
    [
      'a head of a file',
      { model: '{ onnx: { path: a.onnx, head: { at: last, layers: [{ dense: 2 }] } } }' },
      { path: 'model.onnx.head', message: expect.stringMatching(/of several, outputs says it for each/) },
    ],
    [
      'an output of a file for no target',
      { model: '{ onnx: { path: a.onnx, outputs: { digits: logits } } }' },
      { path: 'model.onnx.outputs.digits', nearest: 'digit' },
    ],
    [
      'classes that nobody would be asked for',
      {
        data: '{ held-by: members, features: { columns: [a] }, targets: { digit: { columns: [b, c] } } }',
        losses: '{ digit: cross-entropy }',
        ...{ strategy: 'fedavg', epochs: undefined, rounds: '2' },
      },
      {
        path: 'data.targets.digit.classes',
        message: expect.stringMatching(/asked for the classes of single columns only/),
      },
    ],
  ])('says where it has %s', (_, lines, problem) => {
    const problems = problemsOf(lines);
    expect(problems).toEqual(expect.arrayContaining([expect.objectContaining(problem)]));
  });
});
