import { className } from '../../../shared/data/class-name.ts';
import { DataError } from '../../../shared/data/data-error.ts';
import type { DatasetManifest } from '../../../shared/data/dataset.ts';
import { exampleColumns } from '../../../shared/data/images/image-job.ts';
import type { Scan } from '../../../shared/data/table-scan.ts';
import type { Example } from './messages.ts';

/**
 * Examples as a table would be scanned: checked, with the run's classes.
 *
 * @param add takes the features of one example
 * @throws DataError that says which example does not fit
 */
export function scanExamples(
  examples: readonly Example[],
  { features, target }: DatasetManifest,
  add: (row: Float32Array) => void,
): Scan {
  const file = 'your examples';
  if (examples.length === 0) throw new DataError('There is no example yet.', { file, hint: 'Add some.' });
  if (features.categories || target.outputs || (target.count ?? 1) !== 1) {
    throw new DataError('This run needs a table: its rows are no images with one label.', { file });
  }
  const index = new Map(target.classes?.map((name, at) => [className(name), at]));
  const hasTarget = target.kind !== 'none';
  const targets = new Float32Array(hasTarget ? examples.length : 0);
  let bytes = true;
  for (const [at, example] of examples.entries()) {
    const place = { file: `example ${at + 1}` };
    if (example.features.length !== features.count) {
      const message = `It has ${example.features.length} values, the run's features are ${features.count}.`;
      throw new DataError(message, place);
    }
    if (!example.features.every(Number.isFinite)) throw new DataError('A value is not finite.', place);
    bytes &&= example.features.every((value) => value === (value & 255));
    if (hasTarget) targets[at] = labelOf(example, target, index, place);
    add(example.features);
  }
  return {
    rows: examples.length,
    columns: exampleColumns(features.names, hasTarget ? target.name : undefined),
    bytes,
    targets,
    width: hasTarget ? 1 : 0,
    classes: target.classes,
    words: new Map(),
  };
}

function labelOf(
  { label }: Example,
  { classes }: DatasetManifest['target'],
  index: ReadonlyMap<string, number>,
  place: { readonly file: string },
): number {
  if (!classes) {
    if (typeof label === 'number' && Number.isFinite(label)) return label;
    throw new DataError('It has no number to be predicted.', place);
  }
  const known = index.get(className(String(label)));
  if (known !== undefined) return known;
  const hint = `The run's classes are: ${classes.slice(0, 12).join(', ')}${classes.length > 12 ? ', …' : ''}.`;
  throw new DataError(`The class ${JSON.stringify(label)} is none of the run's.`, { ...place, hint });
}
