import type { TargetJob } from '../job/data-job.ts';
import type { DatasetManifest } from './dataset.ts';

/**
 * What every table of a federated run has in common: the run's manifest says it, and each participant encodes its own rows by it, so
 * that class 3 is the same for all of them.
 */
export interface Declared {
  /** Classes by index; undefined for numbers. */
  readonly classes?: readonly string[] | undefined;
  /** Of several targets: the classes of each. */
  readonly outputs?: readonly (readonly string[] | undefined)[] | undefined;
  /** Words of each column of words, by index. */
  readonly categories?: DatasetManifest['features']['categories'];
  /** Of features and target over all participants' rows; 0 and 1 where nothing standardizes by them. */
  readonly statistics?: DatasetManifest['statistics'] | undefined;
}

export function declaredBy({ features, target }: Pick<DatasetManifest, 'features' | 'target'>): Declared {
  const outputs = target.outputs?.map(({ classes }) => classes);
  return { classes: target.classes, ...(outputs && { outputs }), categories: features.categories };
}

/** The classes that a job declares. */
export function declaredIn(target: TargetJob): Declared {
  if (target.type !== 'several') return { classes: 'classes' in target ? target.classes : undefined };
  const outputs = target.outputs.map((output) => declaredIn(output.target).classes);
  return { classes: undefined, outputs };
}

/** With the classes of one target: the only one, or one of several. */
export function withClasses(
  declared: Declared,
  { name, index }: { readonly name: string | undefined; readonly index: number },
  classes: readonly string[],
): Declared {
  if (name === undefined) return { ...declared, classes };
  return { ...declared, outputs: declared.outputs!.map((own, at) => (at === index ? classes : own)) };
}
