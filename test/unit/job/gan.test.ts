import { describe, expect, it } from 'vitest';
import { JobError } from '../../../shared/job/job-error.ts';
import { parseJob } from '../../../shared/job/parse.ts';

/** Lines of a job file by key; undefined leaves a key out. */
function job(changes: Readonly<Record<string, string | undefined>> = {}): string {
  const lines = {
    name: 'faces',
    data: '{ source: a.csv, target: { type: none }, features: { shape: [1, 8, 8] } }',
    model: '{ gan: { latent: 16 } }',
    loss: 'gan',
    epochs: '2',
    ...changes,
  };
  return Object.entries(lines)
    .filter(([, value]) => value !== undefined)
    .map(([key, value]) => `${key}: ${value}\n`)
    .join('');
}

function problems(text: string): { path: string; message: string; allowed: readonly string[] }[] {
  try {
    parseJob(text, 'job.yaml');
  } catch (error) {
    if (error instanceof JobError) return [...error.problems];
    throw error;
  }
  return [];
}

describe('the job of a GAN', () => {
  it('has defaults: DCGAN, non-saturating, in turns, and no best checkpoint by a loss that means nothing', () => {
    const parsed = parseJob(job(), 'job.yaml');
    expect(parsed.model).toEqual({
      kind: 'gan',
      latent: 16,
      generator: { kind: 'named', name: 'generator', options: { filters: [64, 32], output: 'tanh' } },
      discriminator: {
        kind: 'named',
        name: 'discriminator',
        options: { filters: [32, 64], 'batch-norm': true },
      },
    });
    expect(parsed.loss).toEqual({
      kind: 'gan',
      objective: 'non-saturating',
      gradientPenalty: 0,
      criticSteps: 1,
    });
    expect(parsed.checkpoint.best).toBeUndefined();
    expect(parsed.discriminatorOptimizer).toBeUndefined();
  });

  it('takes layers, a second optimizer and a judge, by which the best version is kept', () => {
    const text = job({
      model: '{ gan: { generator: { layers: [{ dense: 64 }, { reshape: [1, 8, 8] }] } } }',
      loss: '{ gan: { objective: wasserstein, gradient-penalty: 10, critic-steps: 5 } }',
      'discriminator-optimizer': '{ adam: 0.0004 }',
      evaluate: '{ judge: { onnx: c.onnx, features: relu3 } }',
    });
    const parsed = parseJob(text, 'job.yaml');
    expect(parsed.model).toMatchObject({
      latent: 32,
      generator: { kind: 'layers', layers: [{ type: 'dense' }, {}] },
    });
    expect(parsed.loss).toMatchObject({ gradientPenalty: 10, criticSteps: 5 });
    expect(parsed.discriminatorOptimizer).toMatchObject({ kind: 'adam', learningRate: 0.0004 });
    expect(parsed.evaluate.judge).toEqual({ onnx: 'c.onnx', features: 'relu3' });
    expect(parsed.checkpoint.best).toBe('frechet-distance');
  });

  it.each([
    ['another loss', { loss: 'mse' }, 'loss', 'the loss mse is for one network, and a GAN has two'],
    [
      'a target',
      { data: '{ source: a.csv, target: { column: x } }' },
      'data.target',
      'a GAN has no target: it learns what the features look like',
    ],
    [
      'a strategy of many steps',
      { strategy: '{ local-steps: 4 }' },
      'strategy',
      'two networks take turns after every step, which the strategy local-steps does not',
    ],
    [
      'a judge without held-out rows',
      {
        data: '{ source: a.csv, target: { type: none }, test: 0 }',
        evaluate: '{ judge: { onnx: c.onnx } }',
        checkpoint: '{ best: none }',
      },
      'evaluate.judge',
      'a judge compares with held-out rows, but data.test is 0',
    ],
    [
      'a metric that only a judge gives',
      { 'early-stopping': '{ metric: frechet-distance }' },
      'early-stopping.metric',
      'has no metric "frechet-distance"',
    ],
    ['a metric of one network', { checkpoint: '{ best: rmse }' }, 'checkpoint.best', 'has no metric "rmse"'],
    ['a text', { data: '{ text: a.txt, context: 8 }' }, 'data.text', 'a generator makes numbers'],
    [
      'an unknown network',
      { model: '{ gan: { generator: vae } }' },
      'model.gan.generator',
      'unknown generator "vae"',
    ],
    ['an unknown objective', { loss: '{ gan: { objective: hinge } }' }, 'loss.gan.objective', 'unknown word'],
    [
      'no steps of the critic',
      { loss: '{ gan: { critic-steps: 0 } }' },
      'loss.gan.critic-steps',
      'too small',
    ],
    ['the loss without the networks', { model: '{ mlp: {} }' }, 'loss', 'is for two networks'],
    [
      'a second optimizer without a second network',
      { model: '{ mlp: {} }', loss: 'mse', 'discriminator-optimizer': 'adam' },
      'discriminator-optimizer',
      'this job has no model: gan',
    ],
    [
      'a judge without a GAN',
      { model: '{ mlp: {} }', loss: 'mse', evaluate: '{ judge: { onnx: c.onnx } }' },
      'evaluate.judge',
      'this job has no model: gan',
    ],
  ])('says what is wrong: %s', (_, changes, path, message) => {
    const found = problems(job(changes));
    expect(found.map((problem) => problem.path)).toContain(path);
    const problem = found.find((one) => one.path === path)!;
    expect(problem.message).toContain(message);
  });
});
