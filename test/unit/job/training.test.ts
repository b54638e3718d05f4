import { describe, expect, it } from 'vitest';
import { choices } from '../../../shared/job/choice.ts';
import { JobError } from '../../../shared/job/job-error.ts';
import { lossSchema } from '../../../shared/job/loss-schema.ts';
import { optimizerSchema } from '../../../shared/job/optimizer-schema.ts';
import { parseJob } from '../../../shared/job/parse.ts';
import { recipeLoss } from '../../../shared/programs/recipe-loss.ts';
import { recipeOptimizer } from '../../../shared/programs/recipe-optimizer.ts';

const VECTORS = 'target: { type: number, columns: [x, y] }';

function job(lines: readonly string[], target = 'target: { column: label }', test = 0.2): string {
  const data = `data: { source: a.csv, ${target}, test: ${test} }`;
  return ['name: small', data, 'model: { mlp: { hidden: [8] } }', 'epochs: 2', ...lines].join('\n');
}

function messageOf(text: string): string {
  try {
    parseJob(text, 'job.yaml');
  } catch (error) {
    if (error instanceof JobError) return JSON.stringify(error.problems);
    throw error;
  }
  return '';
}

describe('a recipe takes what a job file makes', () => {
  it.each(Object.keys(choices.get(lossSchema)!.alternatives))('loss %s', (word) => {
    const loss = lossSchema.parse(word);
    expect(recipeLoss.parse(JSON.parse(JSON.stringify(loss)))).toEqual(JSON.parse(JSON.stringify(loss)));
  });

  it.each(Object.keys(choices.get(optimizerSchema)!.alternatives))('optimizer %s', (word) => {
    const optimizer = optimizerSchema.parse(word);
    expect(recipeOptimizer.parse(optimizer)).toEqual(optimizer);
  });
});

describe('training options that are right', () => {
  it('fills defaults in, and puts short forms into long ones', () => {
    const parsed = parseJob(
      job([
        'loss: { focal: 1.5 }',
        'optimizer: { muon: 0.002 }',
        'schedule: { one-cycle: 0.4 }',
        'evaluate: { metrics: [macro-f1, roc-auc] }',
        'ema: 0.99',
        'early-stopping: { metric: macro-f1 }',
        'checkpoint: { best: roc-auc }',
      ]),
      'job.yaml',
    );
    expect(parsed.loss).toEqual({ kind: 'focal', gamma: 1.5, weights: undefined });
    expect(parsed.optimizer).toMatchObject({ kind: 'muon', learningRate: 0.002, adjust: 'match-rms-adamw' });
    expect(parsed.schedule).toEqual({
      ...{ kind: 'one-cycle', warmup: 0, rise: 0.4, startDivisor: 25, endDivisor: 10_000, shape: 'cosine' },
    });
    expect(parsed.evaluate.metrics).toEqual(['macro-f1', 'roc-auc']);
    expect(parsed.ema).toBe(0.99);
  });

  it('has no average and no further metrics when they are left out', () => {
    const parsed = parseJob(job(['loss: cross-entropy']), 'job.yaml');
    expect([parsed.ema, parsed.evaluate.metrics]).toEqual([undefined, []]);
  });
});

describe('training options with mistakes', () => {
  it.each([
    [
      'a loss of vectors',
      ['loss: cosine'],
      'target: { type: number, column: x }',
      'compares vectors, but the target is one number',
    ],
    [
      'a loss for numbers',
      ['loss: quantile'],
      undefined,
      'the loss quantile does not fit a target of type class',
    ],
    ['a quantile out of range', ['loss: { quantile: 1.5 }'], VECTORS, 'too large'],
    [
      'weights of yes and no',
      ['loss: { focal: { weights: [1, 2, 3] } }'],
      'target: { column: x, type: binary }',
      'two weights, of no and of yes, and here are 3',
    ],
    [
      'a misspelt optimizer',
      ['loss: cross-entropy', 'optimizer: adafactr'],
      undefined,
      '"nearest":"adafactor"',
    ],
    ['an unknown option', ['loss: cross-entropy', 'optimizer: { lion: { beta3: 1 } }'], undefined, 'beta3'],
    [
      'a schedule that does not fall',
      ['loss: cross-entropy', 'optimizer: { sgd: 0.1 }', 'schedule: { polynomial: { minimum: 0.2 } }'],
      undefined,
      'minimum 0.2 is not below the learning rate 0.1',
    ],
    [
      'a metric of another target',
      ['loss: cross-entropy', 'evaluate: { metrics: [f1] }'],
      undefined,
      'there is no metric \\"f1\\" for a target of type class',
    ],
    [
      'a misspelt metric',
      ['loss: cross-entropy', 'evaluate: { metrics: [macro-f2] }'],
      undefined,
      '"nearest":"macro-f1"',
    ],
    [
      'a misspelt metric among others, with its place',
      ['loss: cross-entropy', 'evaluate: { metrics: [macro-f1, top5] }'],
      undefined,
      '"line":6,"column":33,"length":4,"path":"evaluate.metrics[1]"',
    ],
    [
      'a metric that is not evaluated',
      ['loss: cross-entropy', 'schedule: { plateau: { metric: macro-f1 } }'],
      undefined,
      'has no metric \\"macro-f1\\"',
    ],
    ['an average that never moves', ['loss: cross-entropy', 'ema: 1'], undefined, 'too large'],
  ])('%s', (_, lines, target, expected) => {
    expect(messageOf(job(lines, target))).toContain(expected);
  });

  it('a plateau without held-out rows', () => {
    const text = job(
      ['loss: cross-entropy', 'schedule: plateau', 'checkpoint: { best: none }'],
      undefined,
      0,
    );
    expect(messageOf(text)).toContain('plateau looks at evaluations, which need held-out rows');
  });
});
