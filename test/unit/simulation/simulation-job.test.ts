import { expect, test } from 'vitest';
import { formatProblems } from '../../../shared/job/format-problems.ts';
import { JobError } from '../../../shared/job/job-error.ts';
import { parseJob } from '../../../shared/job/parse.ts';
import { simulated } from '../../../simulation/simulation-job.ts';

const TEXT = `name: small
data: { source: a.csv, target: { column: label } }
model: { mlp: { hidden: [8] } }
loss: cross-entropy
epochs: 2
`;

test('a job that cannot be simulated is shown with its first line, not an empty one', () => {
  let thrown: unknown;
  try {
    simulated(parseJob(TEXT, 'job.yaml'), {}, 'job.yaml', TEXT);
  } catch (error) {
    thrown = error;
  }
  expect(thrown).toBeInstanceOf(JobError);
  const { text, problems } = thrown as JobError;
  expect(problems[0]?.path).toBe('data.held-by');
  expect(formatProblems(thrown as JobError, text)).toContain('1 | name: small');
});
