import { describe, expect, test } from 'vitest';
import { exitCodeHere, showError, UsageError } from '../../../cli/errors.ts';
import { EXIT } from '../../../cli/exit-codes.ts';
import { StoreError } from '../../../coordinator/store/store-error.ts';
import { EngineError } from '../../../engines/engine.ts';
import { FolderError } from '../../../node/files/probe-folder.ts';
import { DataError } from '../../../shared/data/data-error.ts';
import { JobError } from '../../../shared/job/job-error.ts';
import { parseJob } from '../../../shared/job/parse.ts';
import { ModelBuildError } from '../../../shared/nn/model-build-error.ts';
import { ChannelError } from '../../../shared/protocol/errors.ts';

function jobError(): JobError {
  try {
    parseJob('name: x\n', 'job.yaml');
  } catch (error) {
    if (error instanceof JobError) return error;
  }
  throw new Error('The job was expected to be wrong.');
}

describe('errors of the user', () => {
  const model = new ModelBuildError({
    path: ['layers', 2],
    type: 'dense',
    needs: 'dense needs [batch, features]',
  });
  const file = Object.assign(new Error('ENOENT: open x'), { code: 'ENOENT', path: 'x' });
  test.each([
    [new UsageError('give a job'), EXIT.usage, 'error: give a job'],
    [jobError(), EXIT.job, /job\.yaml:1:1: .*"data" is missing[\s\S]*problems in job\.yaml/],
    [
      new DataError('The cell is empty.', {
        file: 'a.csv',
        line: 17,
        column: 'height',
        hint: 'Fill the gap.',
      }),
      EXIT.data,
      'error: a.csv:17, column "height": The cell is empty.\n  Fill the gap.',
    ],
    [model, EXIT.model, /layers\[2\]/],
    [new EngineError('no GPU'), EXIT.engine, 'error: no GPU'],
    [new StoreError('io', 'broken'), EXIT.store, 'error: broken'],
    [new StoreError('disk-full', 'full'), EXIT.diskFull, 'error: full'],
    [new StoreError('not-found', 'none'), EXIT.noRun, 'error: none'],
    [new StoreError('locked', 'taken'), EXIT.locked, 'error: taken'],
    [new ChannelError({ code: 'in-use', message: 'taken' }), EXIT.address, 'error: taken'],
    [new ChannelError({ code: 'certificate', message: 'other' }), EXIT.refused, 'error: other'],
    [new ChannelError({ code: 'unreachable', message: 'nobody' }), EXIT.connection, 'error: nobody'],
    [file, EXIT.file, 'error: There is no such file or folder: x.'],
  ])('%s', (error, code, text) => {
    const shown = showError(error, false);
    expect(shown.code).toBe(code);
    if (typeof text === 'string') expect(shown.text).toBe(text);
    else expect(shown.text).toMatch(text);
    expect(shown.text).not.toMatch(/\n\s+at /);
  });

  test('a child process has said what is wrong: its code and words are passed on', () => {
    const error = Object.assign(new Error('error: it was the data'), { name: 'RunFailedError', exitCode: 4 });
    expect(showError(error, false)).toEqual({ code: 4, text: 'error: it was the data' });
  });
});

describe('errors of the program', () => {
  const error = new TypeError('x is undefined', { cause: new Error('deeper') });
  test('say how to report them, without a stack', () => {
    const shown = showError(error, false);
    expect(shown.code).toBe(EXIT.unexpected);
    expect(shown.text).toContain('TypeError: x is undefined');
    expect(shown.text).toContain('TRIBUTARY_DEBUG=1');
    expect(shown.text).not.toMatch(/\n\s+at /);
  });

  test('have a stack and its causes when debugging', () => {
    const { text } = showError(error, true);
    expect(text).toMatch(/\n\s+at /);
    expect(text).toContain('caused by: Error: deeper');
  });

  test('what is no error at all is shown too', () => {
    expect(showError('odd', false)).toMatchObject({
      code: EXIT.unexpected,
      text: expect.stringContaining('odd'),
    });
    expect(showError({ name: 'constructor' }, false).code).toBe(EXIT.unexpected);
  });
});

test.each([
  [new FolderError('disk-full', 'no room'), EXIT.diskFull],
  [new FolderError('unusable', 'removed'), EXIT.file],
  [new EngineError('no device'), EXIT.engine],
  [new Error('the coordinator has no such blob'), undefined],
  [undefined, undefined],
])('a member’s local trouble was told as the coordinator’s refusal: %s', (cause, code) => {
  expect(exitCodeHere(cause)).toBe(code);
});
