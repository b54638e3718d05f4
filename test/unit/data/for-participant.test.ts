import { describe, expect, it } from 'vitest';
import { DataError } from '../../../shared/data/data-error.ts';
import { forParticipant } from '../../../shared/data/for-participant.ts';
import { TableScan } from '../../../shared/data/table-scan.ts';
import type { DataJob } from '../../../shared/job/data-job.ts';

const JOB: DataJob & { readonly format: { readonly type: 'csv' } } = {
  source: '',
  heldBy: 'members',
  format: { type: 'csv', header: true, delimiter: ';' },
  target: { type: 'class', column: 'outcome', classes: ['no', 'yes'] },
  features: { columns: ['age', 'dose'], shape: undefined, normalize: { kind: 'none' } },
  test: 0.2,
  licence: undefined,
};

/** What a participant is told of a table with these records. */
function told(records: readonly (readonly string[])[], job = JOB): DataError {
  try {
    const scan = new TableScan(job, 'mine.csv', () => undefined, { classes: ['no', 'yes'] });
    for (const [index, fields] of records.entries()) scan.record(fields, index + 1);
    scan.result();
  } catch (error) {
    return forParticipant(error, job, ' (--delimiter)') as DataError;
  }
  throw new Error('nothing was wrong');
}

const HEADER = ['age', 'dose', 'outcome'];
const FORM = 'tables with a header, separated by ";": features age, dose; target outcome';

describe('what a participant is told of a fault of its own table', () => {
  it.each([
    [
      'a column that goes by another name',
      [['ages', 'dose', 'outcome']],
      'There is no feature column "age". The columns are: ages, dose, outcome.',
      'If it is "ages", rename that.',
    ],
    ['a column that is missing', [['x', 'y', 'outcome']], 'There is no feature column "age".', 'your table needs one'],
    ['one column, by a wrong delimiter', [['age,dose,outcome']], 'There is no target column', 'separated by ";"'],
    ['a word', [HEADER, ['old', '1', 'no']], '"old" is not a number.', 'takes numbers in this column'],
    ['a header and no row', [HEADER], 'There is a header, but no row.', 'the first line for a header'],
    ['an unknown class', [HEADER, ['1', '2', 'maybe']], 'none of the run', "The run's classes are: no, yes."],
    ['data for a header', [['1', '1', '2']], 'The header names "1" twice.', `The run reads ${FORM}.`],
  ])('%s', (_, records, message, hint) => {
    const error = told(records);
    expect(error.message).toContain(message);
    expect(error.hint).toContain(hint);
    // It has no job file.
    expect(`${error.message} ${error.hint}`).not.toMatch(/\bdata\.[a-z]|job/i);
    expect(error.file).toBe('mine.csv');
  });

  it('a header where the run has none', () => {
    const job = {
      ...JOB,
      format: { ...JOB.format, header: false },
      target: { type: 'class', column: 2 } as const,
      features: { ...JOB.features, columns: [0, 1] },
    };
    expect(told([HEADER], job).hint).toContain('if the first line is one, take it out');
  });

  it('keeps hints that hold for anybody, and other errors', () => {
    const own = new DataError('The cell is empty.', { file: 'f', line: 3, column: 'age', hint: 'Fill the gap.' });
    expect(forParticipant(own, JOB)).toMatchObject({ hint: 'Fill the gap.', line: 3, column: 'age' });
    const other = new Error('the job is wrong');
    expect(forParticipant(other, JOB)).toBe(other);
  });

  it('names whom to ask, and by what the rows are read otherwise, where the run’s form is at odds', () => {
    const error = told([['1', '1', '2']]);
    expect(error.hint).toMatch(/Bring yours into that form \(--delimiter\), or ask whoever runs the coordinator\.$/);
  });
});
