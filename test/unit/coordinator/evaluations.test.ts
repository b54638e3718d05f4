import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { Evaluations } from '../../../coordinator/evaluations.ts';
import { createRun } from '../../../coordinator/store/sqlite-store.ts';
import { RUN } from './store/contract.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'tributary-evaluations-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

test('an evaluation by too few participants is kept, and said once to be one', () => {
  const store = createRun(join(folder, RUN.id), RUN);
  const warnings: string[] = [];
  const evaluations = new Evaluations({
    store,
    manifest: { target: { kind: 'class', classes: ['a', 'b'] } } as never,
    watched: undefined,
    warn: (message) => warnings.push(message),
  });
  const about = { type: 'evaluated', round: 1, epoch: 0, examples: 1, sums: {} } as const;
  evaluations.record({ ...about, version: 1, metrics: { accuracy: 0.5, participants: 2 } }, 1);
  expect(warnings).toEqual([]);
  const few = { accuracy: 1, participants: 1, 'minimum-participants': 2 };
  for (const version of [2, 3]) evaluations.record({ ...about, version, metrics: few }, version);
  expect(warnings).toEqual([
    expect.stringMatching(/^only 1 of at least 2 participants \(members\.minimum\) evaluated/),
  ]);
  store.close();
});
