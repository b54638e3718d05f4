import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { listRuns } from '../../../../coordinator/store/list-runs.ts';
import { createRun } from '../../../../coordinator/store/sqlite-store.ts';
import type { RunStore } from '../../../../coordinator/store/store.ts';
import { checkpointOf, RUN } from './contract.ts';

let root: string;
let store: RunStore;
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'tributary-list-'));
  store = createRun(join(root, 'a'), RUN);
});
afterEach(() => {
  store.close();
  rmSync(root, { recursive: true, force: true });
});

const metricsListed = () => listRuns(root).map(({ metrics }) => metrics);

it('a run that was stopped after its last evaluation has the last known metrics', async () => {
  expect(metricsListed()).toEqual([{}]);
  const about = { incarnation: store.run.incarnation, version: 1, round: 1, epoch: 1, at: 1 };
  store.recordEvaluation({ ...about, metrics: { accuracy: 0.5 } });
  await store.commit(checkpointOf(2, {}), []);
  expect(metricsListed()).toEqual([{ accuracy: 0.5 }]);
});

it('a version that was evaluated has its own', async () => {
  await store.commit(checkpointOf(1, { accuracy: 0.75 }), []);
  expect(metricsListed()).toEqual([{ accuracy: 0.75 }]);
});
