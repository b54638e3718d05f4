import { expect, test } from 'vitest';
import { participantNeeds } from '../../../../cli/participant-needs.ts';
import type { DataJob, Job } from '../../../../shared/job/job.ts';
import { type Described, describeAsked } from '../../../../worker/participant/describe.ts';

const data: DataJob = {
  source: '',
  heldBy: 'members',
  format: { type: 'csv', header: true, delimiter: ',' },
  target: { type: 'symbols', column: 'plate', length: 7, classes: ['A', 'B', '1'] },
  features: { columns: ['p', 'q'], shape: undefined, normalize: { kind: 'standardize' } },
  test: 0.2,
  licence: undefined,
};

test('a participant is told that its rows have labels, and of what', () => {
  const welcome = { run: 'r1', runName: 'plates' } as Described['welcome'];
  const asked: Described = { kind: 'survey', welcome, request: { data, seed: 1 } };
  const sections = describeAsked(asked, {
    ...{ address: 'a:1', fingerprint: undefined, name: 'n', data: 'd', limits: {} },
  });
  expect(sections.flatMap(({ lines }) => lines)).toContain(
    'To be learned: column plate, up to 7 of these in a row: A, B, 1',
  );
  const needs = participantNeeds({ data, members: { minimum: 2 } } as Job);
  expect(needs).toContain('  target: plate (symbols, up to 7 of A, B, 1)');
});

test('a participant is told which column says how long a row is', () => {
  const own: DataJob = { ...data, features: { ...data.features, lengths: { column: 'q', axis: 0 } } };
  const welcome = { run: 'r1', runName: 'plates' } as Described['welcome'];
  const asked: Described = { kind: 'survey', welcome, request: { data: own, seed: 1 } };
  const lines = describeAsked(asked, {
    ...{ address: 'a:1', fingerprint: undefined, name: 'n', data: 'd', limits: {} },
  }).flatMap((section) => section.lines);
  expect(lines).toContain('From the 2 columns p, q; q says how long a row is');
  const needs = participantNeeds({ data: own, members: { minimum: 2 } } as Job);
  expect(needs).toContain('  of these, the length of a row: q');
});

test('of several targets it is told which of them are labels, and of what', () => {
  const several: DataJob = {
    ...data,
    target: {
      type: 'several',
      outputs: [
        { name: 'read', target: data.target as Extract<DataJob['target'], { type: 'symbols' }> },
        { name: 'land', target: { type: 'class', column: 'land', classes: ['DE', 'FR'] } },
      ],
    },
  };
  const welcome = { run: 'r1', runName: 'plates' } as Described['welcome'];
  const asked: Described = { kind: 'survey', welcome, request: { data: several, seed: 1 } };
  const lines = describeAsked(asked, {
    ...{ address: 'a:1', fingerprint: undefined, name: 'n', data: 'd', limits: {} },
  }).flatMap((section) => section.lines);
  expect(lines).toContain('To be learned: column plate, up to 7 of these in a row: A, B, 1, as read');
  expect(lines).toContain('To be learned: column land, one of 2 classes: DE, FR, as land');
  const needs = participantNeeds({ data: several, members: { minimum: 2 } } as Job);
  expect(needs).toContain('  target of read: plate (symbols, up to 7 of A, B, 1)');
});
