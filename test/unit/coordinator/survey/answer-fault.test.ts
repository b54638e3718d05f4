import { expect, it } from 'vitest';
import { answerFault } from '../../../../coordinator/survey/answer-fault.ts';
import type { SurveyRequest } from '../../../../shared/data/survey.ts';

const REQUEST: SurveyRequest = {
  seed: 0,
  data: {
    ...{ source: '', heldBy: 'members', format: { type: 'csv', header: true, delimiter: ',' } },
    features: { columns: ['area', 'age'], shape: undefined, normalize: { kind: 'none' } },
    target: { type: 'number', column: 'price', normalize: { kind: 'standardize' } },
    ...{ test: 0.2, licence: undefined },
  },
};
const ANSWER = { rows: 50, 'target-sum/0': -1e7, 'target-squares/0': 2e12 };
const ONLY_SUMS = { size: 0, sections: [] };

it('an answer has all that is asked', () => {
  expect(answerFault(ANSWER, ONLY_SUMS, REQUEST)).toBeUndefined();
});

it.each([
  [
    'nothing of the target, as a member that does not know the question',
    { rows: 50 },
    'it lacks target-sum/0',
  ],
  ['a sum without the squares', { rows: 50, 'target-sum/0': 1 }, 'it lacks target-squares/0'],
  ['squares below 0', { ...ANSWER, 'target-squares/0': -1 }, 'its target-squares/0 is -1'],
  ['no number', { ...ANSWER, 'target-sum/0': Number.NaN }, 'its target-sum/0 is NaN'],
  ['no rows', { ...ANSWER, rows: 0 }, 'it is of no rows'],
])('%s does not count', (_, sums, why) => {
  expect(answerFault(sums, ONLY_SUMS, REQUEST)).toContain(why);
});

it('more than sums does not count', () => {
  expect(answerFault(ANSWER, { ...ONLY_SUMS, size: 4 }, REQUEST)).toBe('the answer to a survey is sums only');
});
