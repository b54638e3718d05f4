import { expect, test } from 'vitest';
import { formatProblems } from '../../../shared/job/format-problems.ts';
import { JobError } from '../../../shared/job/job-error.ts';
import { parseJob } from '../../../shared/job/parse.ts';

function formatted(text: string): string {
  try {
    parseJob(text, 'job.yaml');
  } catch (error) {
    if (error instanceof JobError) return formatProblems(error, text);
  }
  throw new Error('The job was expected to be wrong.');
}

const head = 'name: a\ndata: { source: a.csv, target: { column: x } }\nloss: cross-entropy\n';

test('shows the line, a caret under what is to blame, what was found, what is allowed, the nearest word', () => {
  const text = `${head}epochs: 1\nmodel: { layers: [{ conv: { filters: 3, kernel: 3, padding: sane } }] }\n`;
  expect(formatted(text)).toBe(`job.yaml:5:61: model.layers[0].conv.padding: not allowed here
  5 | model: { layers: [{ conv: { filters: 3, kernel: 3, padding: sane } }] }
    |                                                             ^^^^
  found    "sane"
  allowed  valid, same, a whole number, a list
  did you mean "same"?

1 problem in job.yaml.`);
});

test('cuts a long line around the caret', () => {
  const text = `${head}epochs: 1\nmodel: { layers: [${'relu, '.repeat(60)}rellu] }\n`;
  const lines = formatted(text).split('\n');
  expect(lines[1]!.length).toBeLessThan(120);
  const caret = lines[2]!.indexOf('^');
  expect(lines[1]!.slice(caret, caret + 5)).toBe('rellu');
});

test.each([
  ['data: { source: a.csv, target: x }', 'target: { column: label, type: class }'],
  ['data: { source: a.csv, target: { column: x, columns: y } }', 'columns: [x, y]'],
  [
    'data: { source: a.csv, target: { column: x }, features: { columns: height } }',
    'columns: [height, weight]',
  ],
  [
    'data: { source: a.csv, target: { column: x } }\nevaluate: every epoch',
    'evaluate: { every: { epochs: 1 } }',
  ],
  [
    'data: { source: a.csv, target: { column: x } }\nevaluate: { metrics: macro-f1 }',
    'metrics: [macro-f1, log-loss]',
  ],
  ['data: { source: a.csv, target: { column: x } }\nbatch: many', 'batch: 64'],
  ['data: { source: a.csv, target: { column: x } }\nmembers: 2', 'members: { minimum: 2 }'],
])('a value of the wrong form is shown one of the right form: %s', (data, example) => {
  const text = `name: a\n${data}\nmodel: { mlp: { hidden: [8] } }\nloss: cross-entropy\nepochs: 1\n`;
  expect(formatted(text)).toContain(`\n  example  ${example}\n`);
});
