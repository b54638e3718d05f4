import type { DataJob } from '../job/data-job.ts';
import { sortedClasses } from './class-order.ts';
import { DataError } from './data-error.ts';
import type { Statistics } from './dataset.ts';
import { type Declared, declaredIn, withClasses } from './declared.ts';
import { type OpenTarget, prefixOf, type SurveySums, surveyed } from './survey.ts';
import { measuredPlaces } from './table-target.ts';

/**
 * What the sums over all participants say: classes in order, words in order, means and deviations.
 *
 * @throws DataError when they do not make sense: fewer than two classes, or more than yes and no
 */
export function declaredFrom(sums: SurveySums, data: DataJob): Declared {
  const wanted = surveyed(data);
  const features = data.features.columns?.length ?? 0;
  const declared = wanted.targets.reduce<Declared>(
    (known, open) => withClasses(known, open, classesOf(sums, open)),
    declaredIn(data.target),
  );
  return {
    ...declared,
    ...(wanted.words && { categories: categoriesOf(sums, features) }),
    ...((wanted.moments || wanted.targetMoments.length > 0) && {
      statistics: {
        ...momentsOf(sums, '', features),
        ...(wanted.targetMoments.length > 0 && {
          target: momentsOf(sums, 'target-', measuredPlaces(data.target)!.length),
        }),
      },
    }),
  };
}

function classesOf(sums: SurveySums, open: OpenTarget): readonly string[] {
  const classes = sortedClasses(namesOf(sums, prefixOf(open)));
  const isMany = open.isBinary && classes.length > 2;
  if (classes.length >= 2 && !isMany) return classes;
  const found = classes.length === 1 ? `one class only, ${JSON.stringify(classes[0])}` : 'no class';
  const of = open.name === undefined ? '' : ` of ${open.name}`;
  const key = open.name === undefined ? 'data.target' : `data.targets.${open.name}`;
  const fault = isMany
    ? `a binary target has two values, and theirs${of} has ${classes.length}: ${classes.slice(0, 5).join(', ')}${classes.length > 5 ? ', …' : ''}.`
    : `they have ${found}${of}: there is nothing to tell apart.`;
  const hint = isMany
    ? `Start a new run, with ${key}.type: class and the loss cross-entropy.`
    : `Start a new run, with participants that have others too, or with the classes in the job (${key}.classes).`;
  throw new DataError(fault, { file: 'the rows of the participants', hint });
}

/** Of columns that were not summed up, as nothing standardizes by them: 0 and 1. */
function momentsOf(sums: SurveySums, prefix: string, columns: number): Statistics {
  const rows = sums['rows'] ?? 0;
  const mean = Array.from({ length: columns }, (_, index) => (sums[`${prefix}sum/${index}`] ?? 0) / rows);
  const deviation = mean.map((center, index) => {
    const variance = (sums[`${prefix}squares/${index}`] ?? 0) / rows - center * center;
    // A constant column has deviation 1, so that standardising it gives 0 and not NaN; so has a word's number.
    return variance > 1e-12 * center * center ? Math.sqrt(variance) : 1;
  });
  return { mean, deviation };
}

function categoriesOf(sums: SurveySums, features: number): Declared['categories'] {
  return Array.from({ length: features }, (_, column) => ({
    column,
    words: namesOf(sums, `word/${column}/`).sort(),
  })).filter(({ words }) => words.length > 0);
}

function namesOf(sums: SurveySums, prefix: string): string[] {
  return Object.keys(sums)
    .filter((name) => name.startsWith(prefix))
    .map((name) => name.slice(prefix.length));
}
