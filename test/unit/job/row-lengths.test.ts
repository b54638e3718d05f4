import { describe, expect, it } from 'vitest';
import { JobError } from '../../../shared/job/job-error.ts';
import { parseJob } from '../../../shared/job/parse.ts';
import { parseRecipe } from '../../../shared/programs/parse-recipe.ts';

interface Lines {
  readonly features?: string;
  readonly target?: string;
  readonly model?: string;
  readonly others?: string;
}

const TARGET = 'target: { column: label, type: symbols, length: 5 }';

function job({
  features = 'lengths: n',
  target = TARGET,
  model = '{ lstm: { units: 8 } }',
  others = '',
}: Lines): string {
  const losses = target.startsWith('targets') ? 'losses: { a: ctc, b: cross-entropy }' : 'loss: ctc';
  const loss = target.includes('symbols') ? losses : 'loss: cross-entropy';
  return `name: x\ndata: { source: a.csv, ${target}, features: { ${features} }${others} }\nmodel: ${model}\n${loss}\nepochs: 2\n`;
}

function messagesOf(lines: Lines): string[] {
  try {
    parseJob(job(lines), 'job.yaml');
  } catch (error) {
    if (error instanceof JobError) return error.problems.map(({ path, message }) => `${path}: ${message}`);
    throw error;
  }
  return [];
}

describe('a job whose rows say how long they are', () => {
  it('names the column, which is one of those that are read', () => {
    expect(parseJob(job({}), 'job.yaml').data.features).toMatchObject({ lengths: { column: 'n', axis: 0 } });
    const features = 'columns: [p, q, r, s], shape: [2, 2], lengths: { column: n, axis: 1 }';
    const { data } = parseJob(job({ features }), 'job.yaml');
    expect(data.features).toMatchObject({
      columns: ['p', 'q', 'r', 's', 'n'],
      lengths: { column: 'n', axis: 1 },
    });
    const named = parseJob(job({ features: 'columns: [n, p, q], lengths: n' }), 'job.yaml');
    expect(named.data.features.columns).toEqual(['n', 'p', 'q']);
  });

  it('goes to members with the recipe', () => {
    const { data, loss, optimizer } = parseJob(job({}), 'job.yaml');
    const target = { kind: 'symbols', classes: ['a'], dims: [5], steps: 9 };
    const recipe = parseRecipe(JSON.stringify({ data, loss, optimizer, target, seed: 1 }));
    expect(recipe.data.features.lengths).toEqual({ column: 'n', axis: 0 });
    const far = JSON.stringify({ data, loss, optimizer, target, seed: 1 }).replace('"axis":0', '"axis":-1');
    expect(() => parseRecipe(far)).toThrow(/axis/);
  });

  it.each<[Lines, string]>([
    [
      { target: 'target: { column: label }' },
      'data.features.lengths: lengths says where labels of symbols end to be read',
    ],
    [{ features: 'lengths: label' }, 'data.features.lengths: the column "label" is a target'],
    [
      {
        features: 'lengths: { column: b }',
        target: 'targets: { a: { column: a, type: symbols, length: 2 }, b: { column: b } }',
        model: '{ layers: [{ dense: 3 }, { label: a }, { dense: 2 }, { label: b }] }',
      },
      'data.features.lengths.column: the column "b" is a target',
    ],
    [
      { others: ', format: { header: false }', target: TARGET.replace('label', '0') },
      'data.features.lengths: a column has no name',
    ],
    [
      { features: 'lengths: n, categories: [town]' },
      'data.features.lengths: categories and lengths cannot both be set',
    ],
    [
      { features: 'lengths: { column: n, axis: 1 }' },
      'data.features.lengths.axis: the features have one axis, and 1 is none of them',
    ],
    [
      { features: 'shape: [2, 3], lengths: { column: n, axis: 2 }' },
      'data.features.lengths.axis: the features have 2 axes, and 2 is none of them',
    ],
    [
      { model: '{ layers: [{ dense: 3 }, blank-padding] }' },
      'model.layers[1]: blank-padding looks for the end of a row, which data.features.lengths says already',
    ],
    [{ model: '{ onnx: a.onnx }' }, 'data.features.lengths: a model file takes no lengths of rows'],
    [{ features: 'lengths: { column: n, axes: 1 }' }, 'data.features.lengths'],
    [
      { features: 'text: said, length: 8, lengths: n' },
      'data.features.lengths: lengths is of columns of numbers',
    ],
  ])('says what is wrong: %j', (lines, message) => {
    expect(messagesOf(lines).join('\n')).toContain(message);
  });
});
