import { type PlacedTargetJob, type TargetJob, targetColumns } from '../job/data-job.ts';
import type { DatasetManifest } from './dataset.ts';
import { mostSteps } from './symbol-scan.ts';
import type { Scan } from './table-scan.ts';

/**
 * What a manifest says of the target of a table.
 *
 * @param names of its columns
 * @param classes of one target
 * @param found classes of each of several; of labels, steps in which all can be read
 */
export function tableTarget(
  job: TargetJob,
  names: readonly string[],
  classes: readonly string[] | undefined,
  { outputs = [], steps }: Pick<Scan, 'outputs' | 'steps'> = {},
): DatasetManifest['target'] {
  const name = named(names);
  if (job.type === 'symbols') {
    const { type: kind, length: count } = job;
    return { name, kind, count, type: 'int32', classes: classes ?? [], steps: steps ?? mostSteps(count) };
  }
  if (job.type !== 'several') {
    const own = 'column' in job || 'columns' in job ? columnsOf(job, names, classes) : { kind: job.type };
    return { name, type: classes ? 'int32' : 'float32', ...own };
  }
  let start = 0;
  const parts = job.outputs.map(({ name: output, target }, at) => {
    const end = start + targetColumns(target).length;
    const own = names.slice(start, end);
    start = end;
    return { output, column: named(own), ...columnsOf(target, own, outputs[at]) };
  });
  // Class numbers are exact in float32, so that all lie in one row.
  const count = names.length > 1 ? { count: names.length } : {};
  return { name, kind: 'several', type: 'float32', ...count, outputs: parts };
}

function columnsOf(job: PlacedTargetJob, names: readonly string[], classes: readonly string[] | undefined) {
  return {
    kind: job.type,
    ...(names.length > 1 && { count: names.length }),
    ...('shape' in job && job.shape && { shape: job.shape }),
    ...(classes && { classes }),
  };
}

function named(names: readonly string[]): string {
  return names.length > 8 ? `${names.length} columns` : names.join(', ');
}
