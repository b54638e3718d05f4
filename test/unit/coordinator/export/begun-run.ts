import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach } from 'vitest';
import { type OpenRun, startRun } from '../../../../coordinator/run/open.ts';
import { type RunReader, readRun } from '../../../../coordinator/store/read-run.ts';
import { Workplace } from '../../../support/small-job.ts';

const cleanups: (() => void)[] = [];
afterEach(() => {
  for (const cleanup of cleanups.splice(0).reverse()) cleanup();
});

export interface Begun {
  readonly run: OpenRun;
  readonly reader: RunReader;
  /** Where to export it to. */
  readonly out: string;
}

/** A run in a folder of its own that nobody has trained; it goes with the test. */
export async function begin(checkpoint?: string): Promise<Begun> {
  const place = new Workplace({ checkpoint });
  cleanups.push(() => rmSync(place.directory, { recursive: true, force: true }));
  const run = await startRun(place.jobFile, place.runs, { id: 'run' });
  cleanups.push(() => {
    run.store.close();
    run.description.data.close();
  });
  const reader = readRun(join(place.runs, 'run'));
  cleanups.push(() => reader.close());
  return { run, reader, out: place.path('out.onnx') };
}
