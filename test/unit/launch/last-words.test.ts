import { expect, it } from 'vitest';
import { lastError, lastWords } from '../../../launch/last-words.ts';

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

it('what a library wrote before the error is not the error', () => {
  const words =
    '[E:onnxruntime, provider.cc:1] Failed to load\n\nerror: The engine is not there.\n  Use another.';
  expect(lastError(words)).toBe('The engine is not there.\n  Use another.');
  expect(lastError('Segmentation fault')).toBe('Segmentation fault');
  expect(lastError('')).toBe('');
});
