import type { DatasetManifest } from '../../shared/data/dataset.ts';
import type { ClassOutput } from '../../shared/nn/metrics/class-results.ts';

/** What a data set has classes for: its target, or each of several outputs that has classes. */
export function classOutputs({ classes, outputs }: DatasetManifest['target']): ClassOutput[] {
  if (classes) return [{ classes }];
  return (outputs ?? []).flatMap(({ output, classes: own }) => (own ? [{ output, classes: own }] : []));
}
