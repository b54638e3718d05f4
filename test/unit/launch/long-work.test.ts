import { mkdtempSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { copyingText, exportingText } from '../../../launch/long-work.ts';

let directory: string;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'tributary-long-'));
});
afterEach(() => rmSync(directory, { recursive: true, force: true }));

const LARGE = 2_300_000_000;

test('a large model is named with its size while it is copied, a small one is soon there', () => {
  expect(copyingText({ file: 'model.onnx', bytes: LARGE })).toBe(
    'copying model.onnx (2.30 GB) into the run…',
  );
  expect(copyingText({ file: 'model.onnx', bytes: 1_000_000 })).toBeUndefined();
});

test('an export says so where the weights are many, trained or as the run has kept them', () => {
  const run = (count: number) =>
    ({
      store: { directory },
      description: { layout: { entries: [{ section: 'trainable', length: count }] } },
    }) as unknown as Parameters<typeof exportingText>[0];
  expect(exportingText(run(10))).toBeUndefined();
  expect(exportingText(run(LARGE / 4))).toBe('exporting the model (2.30 GB), and comparing it…');
  // A hole: it takes no room on the disk.
  const kept = join(directory, 'initial.onnx.data');
  writeFileSync(kept, '');
  truncateSync(kept, LARGE);
  expect(exportingText(run(10))).toBe('exporting the model (2.30 GB), and comparing it…');
});
