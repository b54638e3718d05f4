import { describe, expect, it } from 'vitest';
import { JobError } from '../../../shared/job/job-error.ts';
import { parseJob } from '../../../shared/job/parse.ts';

const parsed = (data: string, more = 'epochs: 1') =>
  parseJob(
    `name: t\ndata: ${data}\nmodel: { mlp: { hidden: [4] } }\nloss: cross-entropy\n${more}\n`,
    'job.yaml',
  );

function problems(data: string, more?: string): string[] {
  try {
    parsed(data, more);
  } catch (error) {
    if (!(error instanceof JobError)) throw error;
    return error.problems.map(({ path, message }) => `${path}: ${message}`);
  }
  return [];
}

const FEDERATED = 'strategy: fedavg\nrounds: 2';

describe('data that are images', () => {
  it('need their folder and their shape', () => {
    const { data } = parsed(
      '{ source: flowers, format: { type: images }, features: { shape: [3, 32, 32] } }',
    );
    expect(data).toMatchObject({
      source: 'flowers',
      format: { type: 'images' },
      target: { type: 'class', column: 'class' },
      features: { shape: [3, 32, 32], columns: undefined },
    });
    const declared =
      '{ source: f, format: { type: images }, features: { shape: [8, 8] }, target: { classes: [b, a] } }';
    expect(parsed(declared).data.target).toEqual({ type: 'class', column: 'class', classes: ['b', 'a'] });
    const none =
      '{ source: f, format: { type: images }, features: { shape: [8, 8] }, target: { type: none } }';
    expect(problems(none)).toEqual(['loss: the loss cross-entropy does not fit a target of type none']);
  });

  it.each([
    ['features: {}', 'data.features.shape: missing: the size that every image gets'],
    ['features: { shape: [2, 8, 8] }', 'data.features.shape: it is not the shape of an image'],
    [
      'features: { shape: [8, 8], columns: [a] }',
      'data.features.columns: columns is of tables; the features of an image are its pixels',
    ],
    [
      'features: { shape: [8, 8] }, target: { column: x }',
      'data.target.column: column is of tables; the class of an image is the name of its folder',
    ],
    ['features: { shape: [8, 8] }, context: 4', 'data.context: context is of texts, here are images'],
    [
      'features: { shape: [8, 8] }, target: { classes: [a, b, a] }',
      'data.target.classes[2]: the class "a" is there twice',
    ],
  ])('%s', (rest, problem) => {
    expect(problems(`{ source: f, format: { type: images }, ${rest} }`)).toEqual([problem]);
  });

  it('have a delimiter as little as a number to be predicted', () => {
    expect(
      problems('{ source: f, format: { type: images, header: false }, features: { shape: [8, 8] } }'),
    ).toEqual(['data.format.header: header is of tables, here are images']);
    expect(
      problems(
        '{ source: f, format: { type: images }, features: { shape: [8, 8] }, target: { type: number } }',
      ),
    ).toContain(
      'data.target.type: no number is known of an image; the class of an image is the name of its folder',
    );
  });

  it('that members hold: the job says the classes, and divides', () => {
    const held = (rest: string) =>
      problems(`{ held-by: members, format: { type: images }, ${rest} }`, FEDERATED);
    expect(held('features: { shape: [3, 8, 8] }, target: { classes: [a, b] }')).toEqual([]);
    expect(held('features: { shape: [3, 8, 8], normalize: standardize }')).toEqual([
      'data.target.classes: missing: of images that members hold the job says the classes',
      'data.features.normalize: nobody knows the mean of images that members hold',
    ]);
  });
});
