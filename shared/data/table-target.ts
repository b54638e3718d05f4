import {
  columnTargets,
  type PlacedTargetJob,
  type SymbolsTargetJob,
  scaleOf,
  standardizesTarget,
  type TargetJob,
  targetColumns,
  targetNumbers,
} from '../job/data-job.ts';
import type { DatasetManifest } from './dataset.ts';
import { mostSteps } from './symbol-scan.ts';
import type { Scan } from './table-scan.ts';

/**
 * What a manifest says of the target of a table.
 *
 * @param names of its columns
 * @param classes of one target
 * @param found classes of each of several; of each target of labels, steps in which all can be read
 */
export function tableTarget(
  job: TargetJob,
  names: readonly string[],
  classes: readonly string[] | undefined,
  { outputs = [], steps = [] }: Partial<Pick<Scan, 'outputs' | 'steps'>> = {},
): DatasetManifest['target'] {
  const name = named(names);
  if (job.type === 'symbols') return { name, type: 'int32', ...labelOf(job, classes, steps[0]) };
  if (job.type !== 'several') {
    const own = 'column' in job || 'columns' in job ? columnsOf(job, names, classes) : { kind: job.type };
    return { name, type: classes ? 'int32' : 'float32', ...own };
  }
  let start = 0;
  const parts = job.outputs.map(({ name: output, target }, at) => {
    const end = start + targetColumns(target).length;
    const own = names.slice(start, end);
    start = end;
    const said =
      target.type === 'symbols'
        ? labelOf(target, outputs[at], steps[at])
        : columnsOf(target, own, outputs[at]);
    return { output, column: named(own), ...said };
  });
  // Class numbers are exact in float32, so that all lie in one row.
  const numbers = job.outputs.reduce((sum, { target }) => sum + targetNumbers(target), 0);
  const count = numbers > 1 ? { count: numbers } : {};
  return { name, kind: 'several', type: 'float32', ...count, outputs: parts };
}

/** @param steps undefined where members hold the labels: as many as any label may need */
function labelOf(
  { type: kind, length: count }: SymbolsTargetJob,
  classes: readonly string[] = [],
  steps = mostSteps(count),
) {
  return { kind, count, classes, steps };
}

/** Places of a row's target whose mean and deviation the job wants; undefined where it wants none. */
export function measuredPlaces(target: TargetJob): readonly boolean[] | undefined {
  if (!standardizesTarget(target)) return undefined;
  return columnTargets(target).flatMap((each) =>
    new Array<boolean>(targetNumbers(each.target)).fill(scaleOf(each.target)?.kind === 'standardize'),
  );
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
