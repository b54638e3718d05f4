import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { DataJob } from '../../../shared/job/job.ts';

/** A folder of its own with one data file in it. */
export function folderWith(name: string, content: string | Uint8Array): { folder: string; remove: () => void } {
  const folder = mkdtempSync(join(tmpdir(), 'tributary-data-'));
  writeFileSync(join(folder, name), content);
  return { folder, remove: () => rmSync(folder, { recursive: true, force: true }) };
}

export interface Overrides {
  readonly source?: string;
  readonly header?: boolean;
  readonly delimiter?: string;
  readonly target?: DataJob['target'];
  readonly columns?: DataJob['features']['columns'];
  readonly categories?: DataJob['features']['categories'];
  readonly shape?: readonly number[];
  readonly test?: number;
}

/** A CSV with a header and a class target `label`, unless told otherwise. */
export function dataJob(overrides: Overrides = {}): DataJob {
  return {
    source: overrides.source ?? 'data.csv',
    format: { type: 'csv', header: overrides.header ?? true, delimiter: overrides.delimiter ?? ',' },
    target: overrides.target ?? { column: 'label', type: 'class' },
    features: {
      columns: overrides.columns,
      shape: overrides.shape,
      normalize: { kind: 'none' },
      ...(overrides.categories && { categories: overrides.categories }),
    },
    test: overrides.test ?? 0.25,
    licence: undefined,
  };
}
