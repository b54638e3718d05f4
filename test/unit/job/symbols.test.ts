import { describe, expect, it } from 'vitest';
import { SymbolScan } from '../../../shared/data/symbol-scan.ts';
import { JobError } from '../../../shared/job/job-error.ts';
import { parseJob } from '../../../shared/job/parse.ts';
import { recipeLoss } from '../../../shared/programs/recipe-loss.ts';

const LINES = {
  name: 'strips',
  data: '{ source: a.csv, target: { column: label, type: symbols, length: 5 } }',
  model: '{ lstm: { units: 8 } }',
  loss: 'ctc',
  epochs: '2',
};

function job(lines: Readonly<Record<string, string>> = {}): string {
  return Object.entries({ ...LINES, ...lines })
    .map(([key, value]) => `${key}: ${value}\n`)
    .join('');
}

function problemsOf(lines: Readonly<Record<string, string>>) {
  try {
    parseJob(job(lines), 'job.yaml');
  } catch (error) {
    if (error instanceof JobError) return error.problems.map(({ message }) => message);
    throw error;
  }
  return [];
}

const target = (text: string, others = '') => ({ data: `{ source: a.csv, target: { ${text} }${others} }` });

it('a label with a space in it, where the job names the space, has its number', () => {
  const scan = new SymbolScan(3, 'data.target', [' ', 'b']);
  const numbers: number[] = [];
  scan.read('b b', { file: 'a.csv', line: 2, column: 'label', mayBeHeader: false }, (number) =>
    numbers.push(number),
  );
  expect(numbers).toEqual([1, 0, 1]);
});

it.each(['targets: { digit: { column: a }, a/b: { column: b } }', 'target: { column: a } } #'])(
  'the name of an output that cannot be one was called a fault of its value: %s',
  (targets) => {
    const isLoss = targets.startsWith('target:');
    const lines = {
      data: `{ source: a.csv, ${targets}${isLoss ? '' : ' }'}`,
      loss: isLoss ? 'cross-entropy' : undefined,
      losses: isLoss ? '{ a/b: mse }' : '{ digit: cross-entropy }',
    };
    const text = Object.entries({ ...LINES, ...lines })
      .flatMap(([key, value]) => (value === undefined ? [] : [`${key}: ${value}\n`]))
      .join('');
    expect(() => parseJob(text, 'job.yaml')).toThrow(
      expect.objectContaining({
        problems: expect.arrayContaining([
          expect.objectContaining({
            path: isLoss ? 'losses.a/b' : 'data.targets.a/b',
            message: 'an output is named by letters, digits, _ and -, a letter first',
            found: 'a/b',
          }),
        ]),
      }),
    );
  },
);

describe('a job whose targets are labels of symbols', () => {
  it('names the column, how long a label is at most, and the loss', () => {
    const parsed = parseJob(job(), 'job.yaml');
    expect(parsed.data.target).toEqual({ type: 'symbols', column: 'label', length: 5 });
    expect(parsed.loss).toEqual({ kind: 'ctc', blank: 0 });
    expect(parsed.checkpoint.best).toBe('label-error-rate');
    const last = parseJob(job({ loss: '{ ctc: 10 }' }), 'job.yaml').loss;
    expect(last).toEqual({ kind: 'ctc', blank: 10 });
    expect(recipeLoss.parse(JSON.parse(JSON.stringify(last)))).toEqual(last);
  });

  it('lets the model say the blank of the loss behind the end of a row', () => {
    const model = '{ layers: [{ dense: 4 }, { blank-padding: { blank: 3 } }] }';
    expect(parseJob(job({ model, loss: '{ ctc: 3 }' }), 'job.yaml').model).toMatchObject({
      layers: [{}, { type: 'blank-padding', options: { blank: 3 } }],
    });
  });

  it.each([
    ['[" ", b]', [' ', 'b']],
    ['[a]', ['a']],
  ])('the space was refused as no character, and a single symbol as too few: %s', (classes, symbols) => {
    const held = ', held-by: members, features: { columns: [x] }';
    const lines = target(`column: label, type: symbols, length: 5, classes: ${classes}`, held);
    const parsed = parseJob(
      job({ ...lines, strategy: 'fedavg' }).replace('epochs: ', 'rounds: '),
      'job.yaml',
    );
    expect(parsed.data.target).toMatchObject({ classes: symbols });
  });

  it.each([
    [{ ...target('column: label, classes: [a]'), loss: 'cross-entropy' }, /too short/],
    [target('column: label, type: symbols'), /missing: the most symbols that a label has/],
    [
      target('column: label, length: 5'),
      /length is of labels of several symbols, and the target is of type class/,
    ],
    [target('columns: [a, b], type: symbols, length: 5'), /not of type symbols/],
    [{ loss: 'cross-entropy' }, /cross-entropy does not fit a target of type symbols/],
    [{ ...target('column: label'), loss: 'ctc' }, /ctc does not fit a target of type class/],
    [{ loss: '{ ctc: { blank: -1 } }' }, /too small/],
    [{ evaluate: '{ metrics: [macro-f1] }' }, /no metric "macro-f1" for a target of type symbols/],
    [
      {
        ...target(
          'column: label, type: symbols, length: 5',
          ', held-by: members, features: { columns: [x] }',
        ),
        strategy: 'fedavg',
      },
      /of labels that members hold the job says the symbols/,
    ],
    [
      {
        ...target(
          'column: label, type: symbols, length: 5, classes: [a, bc]',
          ', held-by: members, features: { columns: [x] }',
        ),
        strategy: 'fedavg',
      },
      /a symbol is one character, not "bc"/,
    ],
    [
      { data: '{ source: a, format: { type: images }, target: { type: symbols } }' },
      /no label of symbols is known of an image/,
    ],
    [
      { model: '{ layers: [{ dense: 4 }, { blank-padding: 0 }] }', loss: '{ ctc: 3 }' },
      /behind the end of a row it says output 0, and the blank of the loss is output 3/,
    ],
    [
      { model: '{ layers: [{ dense: 4 }, { blank-padding: { blank: 3 } }] }' },
      /behind the end of a row it says output 3, and the blank of the loss is output 0/,
    ],
    [
      {
        ...target('column: label'),
        model: '{ layers: [{ dense: 4 }, blank-padding] }',
        loss: 'cross-entropy',
      },
      /blank-padding is of the loss ctc/,
    ],
    [{ model: '{ layers: [{ dense: 4 }, { blank-padding: 1.0e+39 }] }' }, /too large for float32/],
    [
      { model: '{ gan: { generator: { layers: [relu, blank-padding] } } }', loss: 'gan' },
      /blank-padding is of the loss ctc/,
    ],
  ])('says what is wrong: %j', (lines, message) => {
    expect(problemsOf(lines).join('\n')).toMatch(message);
  });

  it.each([
    ['layers: [{ blank-padding: 0 }, { dense: 4 }]', 'model.layers[0]'],
    ['layers: [blank-padding, { dense: 4 }, blank-padding]', 'model.layers[0]'],
    ['layers: [{ dense: 4 }, { residual: [blank-padding] }]', 'model.layers[1].residual[0]'],
    ['layers: { list: [blank-padding, { dense: 4 }] }', 'model.layers.list[0]'],
    [
      'layers: [{ residual: { layers: [relu], shortcut: [{ residual: [relu, blank-padding] }] } }, { dense: 4 }]',
      'model.layers[0].residual.shortcut[0].residual[1]',
    ],
    [
      'onnx: { path: a.onnx, head: { layers: [{ blank-padding: 0 }, { dense: 4 }] } }',
      'model.onnx.head.layers[0]',
    ],
  ])('blank-padding before other layers was trained, to nothing: %s', (model, path) => {
    expect(() => parseJob(job({ model: `{ ${model} }` }), 'job.yaml')).toThrow(
      expect.objectContaining({
        problems: [
          expect.objectContaining({
            path,
            line: 3,
            message: expect.stringContaining('blank-padding is the last layer of a model'),
          }),
        ],
      }),
    );
  });
});

describe('a label among several targets', () => {
  const LAYERS =
    '{ layers: [{ label: trunk }, { dense: 4 }, { blank-padding: { blank: 3 } }, { label: a }, { from: trunk }, { dense: 2 }, { label: b }] }';
  const several = (label = 'type: symbols, length: 5', others: Readonly<Record<string, string>> = {}) =>
    ({
      data: `{ source: a.csv, targets: { a: { column: a, ${label} }, b: { column: b } } }`,
      losses: '{ a: { ctc: { blank: 3 }, weight: 0.5 }, b: cross-entropy }',
      model: LAYERS,
      loss: undefined,
      ...others,
    }) as unknown as Readonly<Record<string, string>>;
  const written = (lines: Readonly<Record<string, string | undefined>>) =>
    Object.entries({ ...LINES, ...lines })
      .flatMap(([key, value]) => (value === undefined ? [] : [`${key}: ${value}\n`]))
      .join('');
  const messages = (lines: Readonly<Record<string, string | undefined>>) => {
    try {
      parseJob(written(lines), 'job.yaml');
    } catch (error) {
      if (error instanceof JobError) return error.problems.map(({ message }) => message);
      throw error;
    }
    return [];
  };

  it('has its own loss in the sum, and its own metrics', () => {
    const parsed = parseJob(
      written(several(undefined, { 'early-stopping': '{ metric: a.label-error-rate }' })),
      'job.yaml',
    );
    expect(parsed.data.target).toEqual({
      type: 'several',
      outputs: [
        { name: 'a', target: { type: 'symbols', column: 'a', length: 5 } },
        { name: 'b', target: { type: 'class', column: 'b' } },
      ],
    });
    expect(parsed.loss).toMatchObject({
      kind: 'sum',
      terms: [{ output: 'a', weight: 0.5, loss: { kind: 'ctc', blank: 3 } }, { output: 'b' }],
    });
    expect(recipeLoss.parse(JSON.parse(JSON.stringify(parsed.loss)))).toMatchObject({ kind: 'sum' });
  });

  it('may have one symbol; a class needs two', () => {
    const held = (label: string) => ({
      ...several(),
      data: `{ held-by: members, features: { columns: [x] }, targets: { a: { column: a, ${label} }, b: { column: b, classes: [no, yes] } } }`,
      strategy: 'fedavg',
      epochs: undefined,
      rounds: '2',
    });
    expect(messages(held('type: symbols, length: 5, classes: [a]'))).toEqual([]);
    expect(messages(held('type: symbols, length: 5')).join()).toMatch(
      /of labels that members hold the job says the symbols/,
    );
    expect(
      messages({
        ...held('classes: [a]'),
        losses: '{ a: cross-entropy, b: cross-entropy }',
        model: '{ mlp: 4 }',
      }),
    ).toContain('too short');
  });

  it.each([
    [several('type: symbols'), /missing: the most symbols that a label has/],
    [
      several(undefined, { losses: '{ a: cross-entropy, b: cross-entropy }' }),
      /cross-entropy does not fit a target of type symbols/,
    ],
    [several(undefined, { losses: '{ a: { ctc: 3 }, b: ctc }' }), /ctc does not fit a target of type class/],
    [
      several(undefined, { losses: '{ a: ctc, b: cross-entropy }' }),
      /it says output 3, and the blank of the loss is output 0/,
    ],
    [
      several(undefined, { model: LAYERS.replace('{ label: a }', 'relu, { label: a }') }),
      /blank-padding is the last layer of an output whose loss is ctc, with the output's label behind it/,
    ],
    [
      several(undefined, { model: LAYERS.replace('{ label: b }', 'blank-padding, { label: b }') }),
      /blank-padding is the last layer of an output whose loss is ctc/,
    ],
    [
      several(undefined, { 'early-stopping': '{ metric: a.rmse }' }),
      /an evaluation of these outputs has no metric "a.rmse"/,
    ],
  ])('says what is wrong: %#', (lines, message) => {
    expect(messages(lines).join('\n')).toMatch(message);
  });
});
