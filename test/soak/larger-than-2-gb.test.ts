import { statfsSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { describe, it } from 'vitest';
import { testLargeRun } from '../support/large-run.ts';

/** Of the model, the run's copy, one of each worker and the exported one: 2.4 GB each. */
const DISK = 13e9;
/** It takes two minutes, and reads and writes 30 GB. */
const MINUTES = 5;

const minutes = Number(process.env['TRIBUTARY_MINUTES']);
const { bavail, bsize } = statfsSync(tmpdir());
const reason =
  minutes < MINUTES
    ? `it runs from --minutes ${MINUTES} on; test/integration/frozen-large.test.ts does the same with 80 MB`
    : bavail * bsize < DISK
      ? `${tmpdir()} has no ${DISK / 1e9} GB free`
      : undefined;

describe('a run with more frozen weights than a model may have in one message', () => {
  if (reason === undefined) testLargeRun(600_000, true, 700);
  else it('is left out', () => console.log(`SKIPPED: 2.4 GB of frozen weights: ${reason}`));
});
