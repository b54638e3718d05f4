import { expect, it } from 'vitest';
import { hasAnsweredSurvey, type RecordEntry } from '../../../../launch/participate/record.ts';

const time = '2026-01-01T12:00:00.000Z';
const sent = (work: string, assignment: string): RecordEntry => ({
  ...{ time, event: 'sent', run: 'r1', round: 0, assignment, work, examples: 10 },
  ...{ sums: [], sections: [], bytes: 0, sha256: '' },
});
const answered = (assignment: string, status: string): RecordEntry => ({
  ...{ time, event: 'answered', run: 'r1', assignment, status },
});

it('a survey is answered when its sums were received, in this run', () => {
  const entries = [sent('survey', 'a'), answered('a', 'received')];
  expect(hasAnsweredSurvey(entries, 'r1')).toBe(true);
  expect(hasAnsweredSurvey(entries, 'r2')).toBe(false);
  expect(hasAnsweredSurvey(entries.slice(0, 1), 'r1')).toBe(false);
  expect(hasAnsweredSurvey([sent('survey', 'a'), answered('a', 'late')], 'r1')).toBe(false);
  expect(hasAnsweredSurvey([sent('own', 'a'), answered('a', 'received')], 'r1')).toBe(false);
});
