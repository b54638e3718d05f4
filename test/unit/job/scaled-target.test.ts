import { describe, expect, it } from 'vitest';
import { JobError } from '../../../shared/job/job-error.ts';
import { parseJob } from '../../../shared/job/parse.ts';

const file = (target: string, loss = 'loss: mse') =>
  `name: t\ndata: { source: a.csv, ${target} }\nmodel: { mlp: { hidden: [4] } }\n${loss}\nepochs: 1\n`;

const targetOf = (target: string, loss?: string) => parseJob(file(target, loss), 'job.yaml').data.target;

/** `path: message` of every problem, and what is allowed. */
function problems(target: string, loss?: string): string[] {
  try {
    targetOf(target, loss);
  } catch (error) {
    if (!(error instanceof JobError)) throw error;
    return error.problems.map(
      ({ path, message, allowed = [] }) => `${path}: ${message} [${allowed.join(', ')}]`,
    );
  }
  return [];
}

describe('a target of numbers', () => {
  it.each([
    ['standardize', { kind: 'standardize' }],
    ['{ divide: 1000 }', { kind: 'divide', by: 1000 }],
    ['{ divide: { by: -2 } }', { kind: 'divide', by: -2 }],
  ])('is scaled in the words of features: %s', (yaml, normalize) => {
    expect(targetOf(`target: { column: price, type: number, normalize: ${yaml} }`)).toEqual({
      type: 'number',
      column: 'price',
      normalize,
    });
    expect(targetOf(`target: { columns: [w, h], type: number, normalize: ${yaml} }`)).toEqual({
      type: 'number',
      columns: ['w', 'h'],
      normalize,
    });
  });

  it('is told to write a word that has no options alone', () => {
    expect(problems('target: { column: p, type: number, normalize: { standardize: true } }')).toEqual([
      'data.target.normalize.standardize: "standardize" has no options: write standardize alone []',
    ]);
  });

  it('is not scaled by itself', () => {
    const plain = { type: 'number', column: 'price' };
    expect(targetOf('target: { column: price, type: number }')).toEqual(plain);
    expect(targetOf('target: { column: price, type: number, normalize: none }')).toEqual(plain);
  });

  it('is scaled beside others, each as it says', () => {
    const losses = 'losses: { kind: cross-entropy, price: mse, rent: huber }';
    const given =
      'targets: { kind: { column: k }, price: { column: p, type: number, normalize: standardize }, rent: { column: r, type: number, normalize: { divide: 10 } } }';
    expect(targetOf(given, losses)).toMatchObject({
      outputs: [
        { target: { type: 'class', column: 'k' } },
        { target: { normalize: { kind: 'standardize' } } },
        { target: { normalize: { kind: 'divide', by: 10 } } },
      ],
    });
  });

  it.each(['mse', 'mae', 'huber', 'log-cosh', 'quantile'])('%s takes it', (loss) => {
    const text = loss === 'quantile' ? 'loss: { quantile: 0.9 }' : `loss: ${loss}`;
    expect(problems('target: { column: p, type: number, normalize: standardize }', text)).toEqual([]);
  });

  it.each([
    ['poisson', 'it is a count, which is never below 0'],
    ['kl-divergence', 'it is a row of probabilities, which add up to 1'],
    ['cosine', 'a vector that is scaled by column points elsewhere'],
    ['info-nce', 'a vector that is scaled by column points elsewhere'],
    ['triplet', 'vectors that are scaled by column are at other distances from each other'],
    ['variational', 'a reconstruction is compared in the form that it has'],
  ])('%s says why it does not', (loss, why) => {
    const target = 'target: { columns: [p, q], type: number, normalize: standardize }';
    const allowed = 'mse, mae, huber, quantile, log-cosh, normalize: none';
    expect(problems(target, `loss: ${loss}`)).toEqual([
      `data.target.normalize: the loss ${loss} takes its target as it is, and normalize would change it: ${why} [${allowed}]`,
    ]);
    expect(
      problems(
        'targets: { a: { columns: [p, q], type: number, normalize: { divide: 2 } } }',
        `losses: { a: ${loss} }`,
      )[0],
    ).toMatch(new RegExp(`^data\\.targets\\.a\\.normalize: the loss ${loss} takes its target as it is`));
  });
});

describe('a target that is no number', () => {
  it.each([
    ['class', 'cross-entropy'],
    ['binary', 'binary-cross-entropy'],
  ])('%s has no scale', (type, loss) => {
    const message = `normalize is of numbers, and the target is of type ${type} [type: number]`;
    expect(problems(`target: { column: p, type: ${type}, normalize: standardize }`, `loss: ${loss}`)).toEqual(
      [`data.target.normalize: ${message}`],
    );
    expect(
      problems(
        `targets: { a: { column: p, type: ${type}, normalize: standardize } }`,
        `losses: { a: ${loss} }`,
      ),
    ).toEqual([`data.targets.a.normalize: ${message}`]);
  });

  it('the features themselves are scaled as features', () => {
    expect(problems('target: { type: none, normalize: standardize }')[0]).toMatch(
      /^data\.target\.normalize: normalize is set, but the target is none: the features/,
    );
  });

  it('images have classes', () => {
    const images =
      'format: { type: images }, target: { normalize: standardize }, features: { shape: [1, 8, 8] }';
    expect(problems(images, 'loss: cross-entropy')[0]).toMatch(/^data\.target\.normalize: /);
  });
});
