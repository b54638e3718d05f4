import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { JobError, type Problem } from '../../../shared/job/job-error.ts';
import { parseJob } from '../../../shared/job/parse.ts';

const digits = readFileSync('examples/digits/job.yaml', 'utf8');

/** A small job that is right; `lines` replace its lines by key or are added. */
function job(changes: Readonly<Record<string, string>> = {}): string {
  const lines: Record<string, string> = {
    name: 'name: small',
    data: 'data: { source: a.csv, target: { column: label } }',
    model: 'model: { mlp: { hidden: [8] } }',
    loss: 'loss: cross-entropy',
    length: 'epochs: 2',
    ...changes,
  };
  return `${Object.values(lines)
    .filter((line) => line !== '')
    .join('\n')}\n`;
}

function problemsOf(text: string): readonly Problem[] {
  try {
    parseJob(text, 'job.yaml');
  } catch (error) {
    if (error instanceof JobError) return error.problems;
    throw error;
  }
  return [];
}

describe('a job file that is right', () => {
  test('the digits example, with every default filled in', () => {
    expect(parseJob(digits, 'job.yaml')).toMatchObject({
      name: 'digits',
      data: {
        source: 'digits.csv.gz',
        format: { type: 'csv', header: false, delimiter: ',' },
        target: { column: 64, type: 'class' },
        features: { columns: undefined, shape: [1, 8, 8], normalize: { kind: 'divide', by: 16 } },
        test: 0.2,
      },
      loss: { kind: 'cross-entropy', weights: undefined, labelSmoothing: 0, ignore: undefined },
      optimizer: {
        kind: 'adamw',
        learningRate: 0.002,
        beta1: 0.9,
        beta2: 0.999,
        epsilon: 1e-8,
        weightDecay: 0.01,
      },
      clipNorm: undefined,
      schedule: { kind: 'cosine', warmup: 20, minimum: 0 },
      strategy: { kind: 'synchronous' },
      epochs: 12,
      rounds: undefined,
      batch: 64,
      seed: 7,
      wire: 'f32',
      evaluate: { every: { epochs: 1 } },
      earlyStopping: undefined,
      checkpoint: { rounds: 100, seconds: 30, keep: 3, best: 'accuracy' },
      members: { minimum: 1, assignment: 'equal' },
    });
    const { model } = parseJob(digits, 'job.yaml');
    if (model.kind !== 'layers') throw new Error(model.kind);
    expect(model.layers[0]).toMatchObject({
      type: 'conv',
      options: { filters: 32, kernel: 3, padding: 'same' },
    });
    expect(model.layers[6]).toMatchObject({ type: 'max-pool', options: { kernel: 2 } });
    expect(model.layers[8]).toMatchObject({ type: 'dropout', options: { rate: 0.25 } });
  });

  test('shorthands, nested layers, named strategies, rounds', () => {
    const text = job({
      model: 'model: { layers: [flatten, { residual: [{ dense: 4 }, relu] }, { dense: 2 }] }',
      length: 'rounds: 95',
      more: 'optimizer: { sgd: 0.5 }\nstrategy: { diloco: 30 }\nschedule: { step: 100 }\nearly-stopping: {}\ncheckpoint: { best: none }',
    });
    expect(parseJob(text, 'job.yaml')).toMatchObject({
      model: {
        layers: [
          { type: 'flatten' },
          { options: { layers: [{ type: 'dense', options: { units: 4 } }, { type: 'relu' }] } },
          {},
        ],
      },
      optimizer: { kind: 'sgd', learningRate: 0.5, momentum: 0, nesterov: false, weightDecay: 0 },
      strategy: {
        kind: 'local-steps',
        steps: 30,
        outer: { learningRate: 0.7, momentum: 0.9, nesterov: true },
      },
      schedule: { kind: 'step', every: 100, factor: 0.1, warmup: 0 },
      evaluate: { every: { rounds: 10 } },
      earlyStopping: { metric: 'loss', patience: 5, minDelta: 0 },
      checkpoint: { rounds: 1, best: undefined },
    });
  });

  test('numbers as a target, an ONNX model, anchors and aliases', () => {
    const text = job({
      data: 'data: { source: &f a.csv, licence: *f, target: { column: y, type: number }, features: { normalize: standardize } }',
      model: 'model: { onnx: net.onnx }',
      loss: 'loss: { huber: 2 }',
      more: 'evaluate: { every: { rounds: 5 } }',
    });
    expect(parseJob(text, 'job.yaml')).toMatchObject({
      data: { licence: 'a.csv', features: { normalize: { kind: 'standardize' } } },
      model: { kind: 'onnx', path: 'net.onnx' },
      loss: { kind: 'huber', delta: 2 },
      evaluate: { every: { rounds: 5 } },
      checkpoint: { best: 'loss' },
    });
  });
});

describe('a job file with mistakes', () => {
  const cases: [string, Record<string, string>, Partial<Problem>][] = [
    [
      'an unknown key',
      { more: 'epoch: 2' },
      { line: 6, column: 1, length: 5, message: 'unknown key "epoch"', nearest: 'epochs' },
    ],
    [
      'a key of another convention',
      { more: 'batchSize: 32' },
      { message: 'unknown key "batchSize"', nearest: 'batch' },
    ],
    [
      'an unknown option',
      { more: 'optimizer: { adamw: { lr: 0.1 } }' },
      { line: 6, column: 23, path: 'optimizer.adamw.lr', nearest: 'learning-rate' },
    ],
    [
      'an unknown choice',
      { more: 'optimizer: adamx' },
      { line: 6, column: 12, message: 'unknown optimizer "adamx"', nearest: 'adam' },
    ],
    [
      'an unknown choice with options',
      { more: 'optimizer: { adamx: { } }' },
      { line: 6, column: 14, path: 'optimizer.adamx', nearest: 'adam' },
    ],
    [
      'an unknown layer',
      { model: 'model: { layers: [{ danse: 3 }] }' },
      { line: 3, column: 21, path: 'model.layers[0].danse', nearest: 'dense' },
    ],
    [
      'an unknown layer in a residual',
      { model: 'model:\n  layers:\n    - residual:\n        - linear: 3' },
      { line: 6, column: 11, path: 'model.layers[0].residual[0].linear', nearest: 'dense' },
    ],
    [
      'two layers in one entry',
      { model: 'model: { layers: [{ dense: 3, relu: {} }] }' },
      { column: 31, message: 'one layer is wanted, here are 2' },
    ],
    [
      'a layer without what it needs',
      { model: 'model: { layers: [{ conv: { kernel: 3 } }] }' },
      {
        column: 21,
        path: 'model.layers[0].conv.filters',
        message: '"filters" is missing',
        allowed: ['a whole number'],
      },
    ],
    [
      'a wrong type',
      { more: 'batch: many' },
      { line: 6, column: 8, found: '"many"', allowed: ['a whole number'] },
    ],
    ['a number that is not whole', { more: 'batch: 1.5' }, { found: '1.5', allowed: ['a whole number'] }],
    ['zero', { more: 'batch: 0' }, { message: 'too small', found: '0', allowed: ['greater than 0'] }],
    [
      'a negative dropout',
      { model: 'model: { layers: [{ dropout: -1 }] }' },
      { column: 30, found: '-1', message: 'too small', allowed: ['at least 0'] },
    ],
    [
      'a word of an enumeration',
      { more: 'wire: f8' },
      { found: '"f8"', allowed: ['f32', 'f16', 'bf16', 'down'], nearest: 'f32' },
    ],
    [
      'an option of several types',
      { model: 'model: { layers: [{ conv: { filters: 3, kernel: 3, padding: sane } }] }' },
      { found: '"sane"', nearest: 'same' },
    ],
    [
      'a value of several types, too small',
      { model: 'model: { layers: [{ max-pool: 0 }] }' },
      { message: 'too small', found: '0' },
    ],
    ['a missing key', { model: '' }, { line: 1, message: '"model" is missing', found: 'nothing' }],
    ['a bad name', { name: 'name: ../x' }, { line: 1, column: 7, message: 'not in the right form' }],
    [
      'both lengths',
      { more: 'rounds: 3' },
      { line: 6, column: 1, message: expect.stringContaining('cannot both be set') as never },
    ],
    [
      'no length',
      { length: '' },
      { line: 1, message: 'it does not say how long to train', allowed: ['epochs', 'rounds'] },
    ],
    [
      'a loss for another target',
      { loss: 'loss: mse' },
      { line: 4, column: 7, path: 'loss', allowed: ['cross-entropy', 'focal', 'dice', 'iou', 'hinge'] },
    ],
    [
      'an unknown metric',
      { more: 'early-stopping: { metric: acuracy }' },
      { path: 'early-stopping.metric', nearest: 'accuracy' },
    ],
    [
      'a metric for the best checkpoint',
      { more: 'checkpoint: { best: rmse }' },
      { path: 'checkpoint.best', allowed: ['accuracy', 'loss', 'none'] },
    ],
    [
      'early stopping without held-out rows',
      { data: 'data: { source: a, test: 0, target: { column: x } }', more: 'early-stopping: { }' },
      { path: 'early-stopping', message: expect.stringContaining('held-out') as never },
    ],
    [
      'the target among the features',
      { data: 'data: { source: a, target: { column: x }, features: { columns: [x, y] } }' },
      { path: 'data.features.columns' },
    ],
    [
      'a name without a header',
      { data: 'data: { source: a, format: { header: false }, target: { column: x } }' },
      { path: 'data.target.column', allowed: ['its number from 0'] },
    ],
    [
      'Nesterov without momentum',
      { more: 'optimizer: { sgd: { nesterov: true } }' },
      { path: 'optimizer.sgd.nesterov' },
    ],
    [
      'a minimum above the rate',
      { more: 'optimizer: { adam: 0.01 }\nschedule: { cosine: { minimum: 0.1 } }' },
      { line: 7, path: 'schedule.cosine.minimum' },
    ],
    [
      'a duplicate key',
      { more: 'loss: mse' },
      { line: 6, column: 1, length: 4, message: '"loss" is here a second time' },
    ],
    [
      'an unknown tag',
      { more: 'seed: !!js/function 3' },
      { line: 6, message: expect.stringContaining('YAML: ') as never },
    ],
    [
      'an unknown alias',
      { more: 'seed: *nothing' },
      { line: 6, message: expect.stringContaining('nothing') as never },
    ],
  ];
  test.each(cases)('%s', (_, changes, expected) => {
    expect(problemsOf(job(changes))).toEqual([expect.objectContaining(expected)]);
  });

  test('everything at once, in order of place', () => {
    const text = job({
      model: 'model: { layers: [{ conv: { filters: 0 } }, denze] }',
      loss: 'loss: mse',
      more: 'batchsize: 3\noptimizer: { adam: { beta1: 2 } }\nrounds: 2',
    });
    const problems = problemsOf(text).map(({ line, path, message }) => `${line} ${path}: ${message}`);
    expect(problems).toEqual([
      '3 model.layers[0].conv.kernel: "kernel" is missing',
      '3 model.layers[0].conv.filters: too small',
      '3 model.layers[1]: unknown layer "denze"',
      '4 loss: the loss mse does not fit a target of type class',
      '6 batchsize: unknown key "batchsize"',
      '7 optimizer.adam.beta1: too large',
      '8 rounds: epochs and rounds cannot both be set: they say twice how long to train',
    ]);
  });

  test('a misspelt key is not reported as missing too', () => {
    const text = job({
      model: 'model: { layers: [{ conv: { filter: 3, kernel: 3 } }] }',
      length: 'epoch: 2',
    });
    const problems = problemsOf(text).map(({ message, nearest }) => [message, nearest]);
    expect(problems).toEqual([
      ['unknown key "filter"', 'filters'],
      ['unknown key "epoch"', 'epochs'],
    ]);
  });

  test.each([
    ['', /the file is empty/],
    ['- a\n- b\n', /wrong type/],
    ['name: [', /YAML: /],
    ['a: 1\n---\nb: 2\n', /YAML: /],
    ['x'.repeat(300_000), /at most 262144/],
    ['['.repeat(100_000), /nested more than 64 deep/],
    ['- '.repeat(50_000), /nested more than 64 deep/],
    [
      `${Array.from({ length: 9000 }, (_, i) => `${' '.repeat(Math.min(i, 400))}a:`).join('\n')}`.slice(
        0,
        250_000,
      ),
      /nested more than 64 deep/,
    ],
  ])('a file that is no job: %#', (text, message) => {
    expect(problemsOf(text)[0]?.message).toMatch(message);
  });

  test('a key that mappings of JavaScript have already is refused where it stands', () => {
    const problems = problemsOf('name: x\ndata:\n  targets: { __proto__: { column: label } }\n');
    expect(problems).toMatchObject([{ line: 3, message: 'nothing can be called __proto__' }]);
    const json = JSON.stringify(
      { name: 'x', data: { targets: { PROTO: { column: 'label' } } } },
      undefined,
      1,
    );
    for (const key of ['__proto__', '\\u005f_proto__']) {
      expect(problemsOf(json.replace('PROTO', key))).toMatchObject([
        { line: 5, message: 'nothing can be called __proto__' },
      ]);
    }
  });

  test('aliases that multiply are refused before they are expanded', () => {
    const bomb = ['a: &a [x, x, x, x, x, x, x, x, x, x]']
      .concat(
        [...'bcdefgh'].map(
          (name, index) =>
            `${name}: &${name} [${Array.from({ length: 10 }, () => `*${'abcdefgh'[index]}`).join(', ')}]`,
        ),
      )
      .join('\n');
    expect(problemsOf(bomb)[0]?.message).toMatch(/aliases expand/);
  });

  test('__proto__ is refused, and words of objects are unknown', () => {
    const problems = problemsOf(job({ more: '__proto__: { wire: f16 }' }));
    expect(problems.map(({ message }) => message)).toEqual(['nothing can be called __proto__']);
    expect(problemsOf(job({ more: 'optimizer: constructor' }))[0]?.message).toBe(
      'unknown optimizer "constructor"',
    );
  });
});
