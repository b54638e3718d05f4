import { expect, it } from 'vitest';
import { lastWords } from '../../../launch/last-words.ts';

it('keeps what was said to people and the errors of the log', () => {
  const output = [
    '{"level":"info","msg":"joined run r"}',
    '{"level":"error","code":"token","msg":"the token is not this run’s"}',
    'error: job.yaml:3:1: unknown key "bach"',
    '  did you mean "batch"?',
    '{"level":"error","msg":"cut o',
    '',
  ].join('\n');
  expect(lastWords(output)).toBe(
    'error: the token is not this run’s\nerror: job.yaml:3:1: unknown key "bach"\n  did you mean "batch"?',
  );
});
