import { describe, expect, it } from 'vitest';
import { declaredFrom } from '../../../shared/data/declared-from.ts';
import { needsSurvey, SurveyTable, surveyed } from '../../../shared/data/survey.ts';
import type { TableJob } from '../../../shared/data/table-job.ts';
import { addSums } from '../../../shared/nn/metrics/metrics.ts';

const JOB: TableJob = {
  heldBy: 'members',
  source: '',
  format: { type: 'csv', header: true, delimiter: ',' },
  target: { column: 'ill', type: 'class' },
  features: {
    columns: ['age', 'town'],
    categories: ['town'],
    shape: undefined,
    normalize: { kind: 'standardize' },
  },
  test: 0.2,
  licence: undefined,
};

function survey(rows: readonly (readonly [string, string, string])[], job = JOB) {
  const table = new SurveyTable(job, 'site.csv');
  table.record(['age', 'town', 'ill'], 1);
  for (const [index, row] of rows.entries()) table.record(row, index + 2);
  return table.result();
}

const A = Array.from({ length: 12 }, (_, i): [string, string, string] => [
  String(30 + i),
  i === 0 ? 'Nowhere' : 'Ulm',
  'no',
]);
const B = Array.from({ length: 10 }, (_, i): [string, string, string] => [
  String(50 + 2 * i),
  i < 4 ? 'Bonn' : 'Ulm',
  i < 5 ? 'yes' : 'no',
]);

describe('a survey', () => {
  it('is needed for what a job on members’ rows does not declare', () => {
    expect(needsSurvey(JOB)).toBe(true);
    const { categories: _, ...features } = JOB.features;
    const declared = {
      ...JOB,
      target: { ...JOB.target, classes: ['no', 'yes'] },
      features: { ...features, normalize: { kind: 'none' } },
    } as TableJob;
    expect(needsSurvey(declared)).toBe(false);
    expect(needsSurvey({ ...JOB, heldBy: undefined })).toBe(false);
  });

  it('gives the moments, classes and words of all participants’ rows together', () => {
    const declared = declaredFrom(addSums(survey(A), survey(B)), JOB);
    const ages = [...A, ...B].map(([age]) => Number(age));
    const mean = ages.reduce((sum, age) => sum + age, 0) / ages.length;
    const variance = ages.reduce((sum, age) => sum + (age - mean) ** 2, 0) / ages.length;
    expect(declared.statistics!.mean[0]).toBeCloseTo(mean, 10);
    expect(declared.statistics!.deviation[0]).toBeCloseTo(Math.sqrt(variance), 10);
    expect(declared.statistics!.mean[1]).toBe(0);
    expect(declared.statistics!.deviation[1]).toBe(1);
    expect(declared.classes).toEqual(['no', 'yes']);
    expect(declared.categories).toEqual([{ column: 1, words: ['Bonn', 'Ulm'] }]);
  });

  it('names no word that only one or two rows have', () => {
    expect(Object.keys(survey(A))).not.toContain('word/1/Nowhere');
  });

  it('is not answered for a few rows, whose sums would be the rows', () => {
    expect(() => survey(A.slice(0, 9))).toThrow('9 rows are too few to sum up.');
  });

  it('finds bad cells with line and column, as training does', () => {
    expect(() => survey([['old', 'Ulm', 'no']])).toThrow('"old" is not a number.');
  });

  it('refuses classes that are one', () => {
    expect(() => declaredFrom(survey(A), JOB)).toThrow('one class only');
  });
});

describe('a survey of several targets', () => {
  const several: TableJob = {
    ...JOB,
    target: {
      type: 'several',
      outputs: [
        { name: 'stay', target: { type: 'number', columns: ['days', 'nights'] } },
        { name: 'ill', target: { type: 'binary', column: 'ill' } },
        { name: 'ward', target: { type: 'class', column: 'ward', classes: ['A', 'B'] } },
        { name: 'a/b', target: { type: 'class', column: 'grade' } },
      ],
    },
    features: { columns: ['age'], shape: undefined, normalize: { kind: 'standardize' } },
  };
  const answers = (rows: readonly string[]) => {
    const table = new SurveyTable(several, 'site.csv');
    table.record(['age', 'days', 'nights', 'ill', 'ward', 'grade'], 1);
    for (const [index, row] of rows.entries()) table.record(row.split(','), index + 2);
    return table.result();
  };
  const rows = (grades: readonly string[], ill: readonly string[]) =>
    Array.from(
      { length: 12 },
      (_, at) => `${at},3,2,${ill[at % ill.length]},${at % 2 ? 'A' : 'B'},${grades[at % grades.length]}`,
    );
  const first = answers(rows(['10', '9'], ['no']));

  it('asks for the classes of each that the job does not say, of each by itself', () => {
    expect(surveyed(several).targets.map(({ name, column }) => [name, column])).toEqual([
      ['ill', 'ill'],
      ['a/b', 'grade'],
    ]);
    const counts = Object.entries(first).filter(([name]) => name.startsWith('class/'));
    expect(Object.fromEntries(counts)).toEqual({ 'class/ill/no': 12, 'class/a/b/10': 6, 'class/a/b/9': 6 });
    expect(first['sum/0']).toBe(66);
  });

  it('gives each its classes, those that are declared among them, and the moments of the features', () => {
    const declared = declaredFrom(addSums(first, answers(rows(['11'], ['yes', 'no']))), several);
    expect(declared.outputs).toEqual([undefined, ['no', 'yes'], ['A', 'B'], ['9', '10', '11']]);
    expect(declared.classes).toBeUndefined();
    expect(declared.statistics!.mean).toEqual([5.5]);
  });

  it('says of which target there is one class only, or more than yes and no', () => {
    expect(() => declaredFrom(first, several)).toThrow('one class only, "no" of ill');
    const three = answers(rows(['10', '9'], ['no', 'yes', 'maybe']));
    expect(() => declaredFrom(three, several)).toThrow(/theirs of ill has 3: maybe, no, yes/);
  });
});

describe('a survey of targets that are standardized', () => {
  const scaled: TableJob = {
    ...JOB,
    target: {
      type: 'several',
      outputs: [
        { name: 'ill', target: { type: 'binary', column: 'ill', classes: ['no', 'yes'] } },
        {
          name: 'stay',
          target: { type: 'number', columns: ['days', 'cost'], normalize: { kind: 'standardize' } },
        },
        { name: 'beds', target: { type: 'number', column: 'beds', normalize: { kind: 'divide', by: 10 } } },
      ],
    },
    features: { columns: ['age'], shape: undefined, normalize: { kind: 'none' } },
  };
  const rowsFrom = (first: number) =>
    Array.from({ length: 12 }, (_, at) => [first + at, 'no', 2 * at, 200_000 + 1_000 * (first + at), 3]);
  const answer = (first: number) => {
    const table = new SurveyTable(scaled, 'site.csv');
    table.record(['age', 'ill', 'days', 'cost', 'beds'], 1);
    for (const [index, row] of rowsFrom(first).entries()) table.record(row.map(String), index + 2);
    return table.result();
  };

  it('asks for the sums of those numbers, and for nothing else', () => {
    expect(needsSurvey(scaled)).toBe(true);
    expect(surveyed(scaled)).toMatchObject({ moments: false, targetMoments: [1, 2], classes: false });
    expect(needsSurvey({ ...scaled, heldBy: undefined })).toBe(false);
    const names = [1, 2].flatMap((at) => [`target-sum/${at}`, `target-squares/${at}`]);
    expect(Object.keys(answer(0)).sort()).toEqual(['rows', ...names].sort());
  });

  it('gives their mean and deviation over all rows; 0 and 1 for what nothing standardizes by', () => {
    const { statistics, outputs } = declaredFrom(addSums(answer(0), answer(50)), scaled);
    const costs = [0, 50].flatMap(rowsFrom).map((row) => Number(row[3]));
    const mean = costs.reduce((sum, cost) => sum + cost, 0) / costs.length;
    const variance = costs.reduce((sum, cost) => sum + (cost - mean) ** 2, 0) / costs.length;
    expect(outputs).toEqual([['no', 'yes'], undefined, undefined]);
    expect(statistics).toMatchObject({ mean: [0], deviation: [1] });
    const { mean: means, deviation } = statistics!.target!;
    expect(means).toEqual([0, 11, mean, 0]);
    expect([deviation[0], deviation[3]]).toEqual([1, 1]);
    expect(deviation[2]! / Math.sqrt(variance)).toBeCloseTo(1, 8);
  });
});
