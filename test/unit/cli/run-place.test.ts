import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { runPlace } from '../../../cli/run-place.ts';
import { DATABASE } from '../../../coordinator/store/read-run.ts';

let runs: string;
let directory: string;
beforeEach(() => {
  runs = mkdtempSync(join(tmpdir(), 'tributary-place-'));
  directory = join(runs, 'r1');
  mkdirSync(directory);
  writeFileSync(join(directory, DATABASE), '');
});
afterEach(() => rmSync(runs, { recursive: true, force: true }));

test('a run is named by its id or by its folder', () => {
  const place = { id: 'r1', runs, directory };
  expect(runPlace('r1', runs)).toEqual(place);
  expect(runPlace(directory, 'other')).toEqual(place);
  const slashed = `${directory}/`;
  expect(runPlace(slashed, 'other')).toEqual({ ...place, directory: slashed });
  expect(runPlace('nope', runs)).toEqual({ id: 'nope', runs, directory: join(runs, 'nope') });
  expect(runPlace('runs/nope', 'runs')).toEqual({ id: 'nope', runs: 'runs', directory: 'runs/nope' });
});
