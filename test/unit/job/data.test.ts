import { describe, expect, it } from 'vitest';
import { JobError } from '../../../shared/job/job-error.ts';
import { parseJob } from '../../../shared/job/parse.ts';

const file = (data: string, rest = 'loss: cross-entropy') =>
  `name: t\ndata: ${data}\nmodel: { mlp: { hidden: [4] } }\n${rest}\nepochs: 1\n`;
const dataOf = (data: string, rest?: string) => parseJob(file(data, rest), 'job.yaml').data;

/** `path: message` of every problem. */
function problems(data: string, rest?: string): string[] {
  try {
    parseJob(file(data, rest), 'job.yaml');
  } catch (error) {
    if (!(error instanceof JobError)) throw error;
    return error.problems.map(({ path, message }) => `${path}: ${message}`);
  }
  return [];
}

describe('a text', () => {
  it('is read with its defaults: bytes, windows that do not overlap', () => {
    expect(dataOf('{ text: book.txt, context: 64 }')).toEqual({
      source: 'book.txt',
      format: { type: 'text' },
      target: { type: 'next' },
      tokens: { tokenizer: { kind: 'bytes' }, length: 64, stride: 64 },
      features: { columns: undefined, shape: undefined, normalize: { kind: 'none' } },
      test: 0.2,
      licence: undefined,
    });
  });

  it.each([
    ['characters', { kind: 'characters' }],
    ['{ bpe: 512 }', { kind: 'bpe', size: 512 }],
    ['{ file: tokenizer.json }', { kind: 'file', path: 'tokenizer.json' }],
  ])('with a tokenizer: %s', (yaml, tokenizer) => {
    const { tokens } = dataOf(`{ text: book.txt, context: 64, stride: 16, tokenizer: ${yaml} }`);
    expect(tokens).toEqual({ tokenizer, length: 64, stride: 16 });
  });

  it.each([
    ['next', { type: 'next' }],
    ['masked', { type: 'masked', share: 0.15 }],
    ['{ masked: 0.3 }', { type: 'masked', share: 0.3 }],
  ])('with an objective: %s', (yaml, target) => {
    expect(dataOf(`{ text: book.txt, context: 64, objective: ${yaml} }`).target).toEqual(target);
  });

  it('an objective is of texts, and known', () => {
    expect(problems('{ source: r.csv, target: { column: y }, objective: masked }')).toEqual([
      'data.objective: objective is of texts (data.text), here is a table',
    ]);
    expect(problems('{ text: b, context: 8, objective: hidden }')).toEqual([
      'data.objective: unknown objective "hidden"',
    ]);
  });

  it('is not asked of a model that would see the next token', () => {
    const said = (model: string, data = '{ text: b, context: 8 }') => {
      const text = `name: x\ndata: ${data}\nmodel: ${model}\nloss: cross-entropy\nepochs: 1\n`;
      try {
        parseJob(text, 'job.yaml');
        return [];
      } catch (error) {
        return (error as JobError).problems.map(({ path, message }) => `${path}: ${message}`);
      }
    };
    const masked = '{ text: b, context: 8, objective: masked }';
    expect(said('{ bert: { padding: 0 } }')).toEqual([expect.stringMatching(/^model: bert reads both ways/)]);
    expect(said('bert')).toHaveLength(1);
    expect(said('{ lstm: { bidirectional: true } }')).toEqual([
      expect.stringMatching(/^model: a bidirectional lstm reads both ways/),
    ]);
    expect(said('bert', masked)).toEqual([]);
    expect(said('{ lstm: { bidirectional: true } }', masked)).toEqual([]);
    expect(said('gpt')).toEqual([]);
    expect(said('lstm')).toEqual([]);
  });

  it('is watched by its loss, and by its perplexity if wanted', () => {
    const job = (best: string) =>
      parseJob(file('{ text: b, context: 8 }', `loss: cross-entropy\n${best}`), 'job.yaml').checkpoint.best;
    expect(job('seed: 1')).toBe('loss');
    expect(job('checkpoint: { best: perplexity }')).toBe('perplexity');
  });
});

describe('a table', () => {
  it('with a column of text', () => {
    const data = dataOf('{ source: r.csv, target: { column: y }, features: { text: review, length: 32 } }');
    expect(data.tokens).toEqual({ tokenizer: { kind: 'bytes' }, length: 32, column: 'review' });
  });

  it('with several targets, or none', () => {
    const rest = 'loss: mse';
    expect(dataOf('{ source: r.csv, target: { columns: [a, b], type: number } }', rest).target).toEqual({
      type: 'number',
      columns: ['a', 'b'],
    });
    expect(dataOf('{ source: r.csv, target: { type: none } }', rest).target).toEqual({ type: 'none' });
  });

  it('with a class at each of several places, and columns by ranges of their numbers', () => {
    const yaml =
      '{ source: r.csv, format: { header: false }, target: { columns: [{ from: 4, to: 7 }], shape: [2, 2] }, features: { columns: [9, { from: 0, to: 2 }] } }';
    const { target, features } = dataOf(yaml);
    expect(target).toEqual({ type: 'class', columns: [4, 5, 6, 7], shape: [2, 2] });
    expect(features.columns).toEqual([9, 0, 1, 2]);
    expect(problems(yaml.replace('to: 7', 'to: 3'))).not.toEqual([]);
  });

  it('with columns of words', () => {
    const { features } = dataOf('{ source: r.csv, target: { column: y }, features: { categories: [town] } }');
    expect(features.categories).toEqual(['town']);
  });
});

it.each([
  ['{ test: 0.1 }', ['data: it does not say where the data is']],
  [
    '{ source: a, text: b, context: 8 }',
    ['data.text: source and text cannot both be set: data is a table or one long text'],
  ],
  ['{ text: b }', ['data.context: "context" is missing']],
  ['{ source: a }', ['data.target: "target" is missing']],
  ['{ source: a, target: { type: class } }', ['data.target.column: "column" is missing']],
  [
    '{ text: b, context: 8, stride: 9 }',
    ['data.stride: a stride of 9 leaves tokens between windows of 8 out'],
  ],
  [
    '{ text: b, context: 8, target: { column: y } }',
    ['data.target: target is of tables (data.source), here is a text'],
  ],
  [
    '{ source: a, target: { column: y }, context: 8 }',
    ['data.context: context is of texts (data.text), here is a table'],
  ],
  [
    '{ source: a, target: { column: y }, features: { length: 8 } }',
    ['data.features.length: length is of a column of text (data.features.text)'],
  ],
  [
    '{ source: a, target: { column: y }, features: { text: t } }',
    ['data.features.length: "length" is missing'],
  ],
  [
    '{ source: a, target: { column: y }, features: { text: t, length: 8, shape: [8] } }',
    [
      'data.features.shape: shape is of columns of numbers; the features are the tokens of data.features.text',
    ],
  ],
  [
    '{ source: a, target: { column: y }, features: { text: y, length: 8 } }',
    ['data.features.text: the target column "y" is among the features'],
  ],
  [
    '{ source: a, target: { column: y, columns: [z] } }',
    ['data.target.columns: column and columns cannot both be set'],
  ],
  [
    '{ source: a, target: { columns: [z], type: binary } }',
    [
      'data.target.columns: several target columns are numbers or classes, not of type binary',
      'loss: the loss cross-entropy does not fit a target of type binary',
    ],
  ],
  [
    '{ source: a, target: { column: z, shape: [2] } }',
    ['data.target.shape: shape is of several target columns, here is one'],
  ],
  [
    '{ source: a, target: { column: y }, features: { text: t, length: 8, categories: [c] } }',
    [
      'data.features.categories: categories is of columns of numbers; the features are the tokens of data.features.text',
    ],
  ],
  ['{ text: b, context: 8, tokenizer: byte }', ['data.tokenizer: unknown tokenizer "byte"']],
  ['{ text: b, context: 8, tokenizer: { bpe: 12 } }', ['data.tokenizer.bpe: too small']],
])('%s', (data, expected) => {
  expect(problems(data)).toEqual(expected);
});

it('says that a loss or a metric is not for tokens or for no target', () => {
  expect(problems('{ text: b, context: 8 }', 'loss: mse')).toEqual([
    'loss: the loss mse does not fit a target of type next',
  ]);
  expect(problems('{ source: a, target: { type: none } }')).toEqual([
    'loss: the loss cross-entropy does not fit a target of type none',
  ]);
  expect(
    problems('{ source: a, target: { column: y } }', 'loss: cross-entropy\ncheckpoint: { best: perplexity }'),
  ).toHaveLength(1);
});

it('tokens are not their own target', () => {
  const data = '{ source: a, target: { type: none }, features: { text: t, length: 8 } }';
  expect(problems(data, 'loss: mse')).toEqual(['data.target.type: tokens cannot be their own target']);
});
