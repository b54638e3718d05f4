import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { listRuns } from '../../../../coordinator/store/list-runs.ts';
import { readRun } from '../../../../coordinator/store/read-run.ts';
import { statusOf } from '../../../../coordinator/store/run-status.ts';
import { createRun, createSurvey, openRun, openSurvey } from '../../../../coordinator/store/sqlite-store.ts';
import { temporaryFolder } from '../../../support/digits.ts';
import { RUN } from './contract.ts';

const { dataHash: _, ...NEW } = RUN;

function seen(directory: string) {
  const reader = readRun(directory);
  try {
    return { status: statusOf(directory, reader.run), answers: reader.answers(), run: reader.run };
  } finally {
    reader.close();
  }
}

describe('the store of a survey', () => {
  it('is a run that is surveying, stopped or interrupted', () => {
    const runs = temporaryFolder();
    const directory = join(runs, 'r1');
    const store = createSurvey(directory, NEW);
    expect(seen(directory).status).toBe('surveying');
    expect(() => openSurvey(directory)).toThrow(expect.objectContaining({ code: 'locked' }));
    store.stop('asked to stop');
    expect(listRuns(runs)).toMatchObject([{ status: 'stopped', run: { message: 'asked to stop' } }]);
    store.close();
    openSurvey(directory).close();
    expect(seen(directory)).toMatchObject({ status: 'interrupted', run: { message: '' } });
  });

  it('keeps each answer once, in the order in which they came, over its coordinators', () => {
    const directory = join(temporaryFolder(), 'r1');
    const first = createSurvey(directory, NEW);
    first.add('m0-2', { rows: 10, 'sum/0': 0.1 });
    expect(() => first.add('m0-2', { rows: 11 })).toThrow(expect.objectContaining({ code: 'invalid' }));
    first.close();
    const second = openSurvey(directory);
    second.add('m0-1', { rows: 20 });
    expect([...second.answers()]).toEqual([
      ['m0-2', { rows: 10, 'sum/0': 0.1 }],
      ['m0-1', { rows: 20 }],
    ]);
    expect(second.run.incarnation).toBe(1);
    expect(seen(directory).answers).toBe(2);
    second.close();
  });

  it('becomes a run, whose incarnation is another one, and no survey any more', () => {
    const directory = join(temporaryFolder(), 'r1');
    createSurvey(directory, NEW).close();
    const survey = openSurvey(directory);
    const run = survey.begin(RUN.dataHash);
    survey.close();
    expect(run.run).toMatchObject({ status: 'running', incarnation: 2, dataHash: RUN.dataHash });
    expect(seen(directory)).toMatchObject({ status: 'running', answers: 0 });
    run.close();
    expect(() => openSurvey(directory)).toThrow(expect.objectContaining({ code: 'invalid' }));
    expect(seen(directory).run).toMatchObject({ status: 'running', incarnation: 2 });
    const resumed = openRun(directory);
    expect(resumed.run.incarnation).toBe(3);
    resumed.close();
  });

  it('does not take the place of a run', () => {
    const directory = join(temporaryFolder(), 'r1');
    createRun(directory, RUN).close();
    expect(() => createSurvey(directory, NEW)).toThrow(expect.objectContaining({ code: 'exists' }));
  });
});
