import type { DatasetManifest } from '../../shared/data/dataset.ts';
import { type Declared, declaredIn, withClasses } from '../../shared/data/declared.ts';
import { type OpenTarget, surveyed } from '../../shared/data/survey.ts';
import type { DataJob } from '../../shared/job/data-job.ts';
import { ModelBuildError } from '../../shared/nn/model-build-error.ts';

/** What a survey might say, to build a model for a look at it: what the job declares, else the classes of the coordinator's own rows, else two. */
export function presumed(data: DataJob): Declared {
  const open = data.source === '' ? surveyed(data).targets : [];
  const declared = open.reduce<Declared>(
    (known, target) => withClasses(known, target, filled([], 2)),
    declaredIn(data.target),
  );
  return { ...declared, categories: [] };
}

/** The target whose classes are open and did not fit the model's output; undefined for any other error. */
export function misjudged(error: unknown, data: DataJob): OpenTarget | undefined {
  const output = error instanceof ModelBuildError ? error.output : undefined;
  return surveyed(data).targets.find(({ name, isBinary }) => name === output && !isBinary);
}

/**
 * Of a model that did not fit the presumed classes: as many as it has outputs for.
 *
 * @param found classes that are known to be there
 * @throws error when more classes do not mend it
 */
export function moreClasses(error: unknown, found: readonly string[]): readonly string[] {
  const width = error instanceof ModelBuildError ? error.incoming.at(-1) : undefined;
  if (typeof width !== 'number' || width <= Math.max(2, found.length)) throw error;
  return filled(found, width);
}

function filled(found: readonly string[], count: number): NonNullable<DatasetManifest['target']['classes']> {
  const others = Array.from({ length: count }, (_, index) => String(index));
  return [...new Set([...found, ...others])].slice(0, count);
}
