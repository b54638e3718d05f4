import type { DatasetManifest } from '../../shared/data/dataset.ts';
import { lengthsOf } from '../../shared/data/row-lengths.ts';
import type { Job } from '../../shared/job/job.ts';
import { createRandom } from '../../shared/parameters/random.ts';

/**
 * Rows to compare an exported model on where members hold all real ones: within three deviations of what was declared or gathered of
 * each feature, any token, any word, any length.
 */
export function drawnRows(
  { seed, data }: Job,
  { features, statistics }: DatasetManifest,
  count: number,
): Float32Array | Int32Array {
  const random = createRandom(seed);
  if (features.tokens) {
    const { vocabulary } = features.tokens;
    return Int32Array.from({ length: count * features.count }, () => Math.floor(random.next() * vocabulary));
  }
  const { normalize } = data.features;
  const scale = normalize.kind === 'divide' ? Math.abs(normalize.by) : 1;
  const places = lengthsOf(data, features)?.places ?? 0;
  const words = new Map(features.categories?.map(({ column, words }) => [column, words.length]));
  return Float32Array.from({ length: count * features.count }, (_, index) => {
    const column = index % features.count;
    if (column === features.lengths) return 1 + Math.floor(random.next() * places);
    const size = words.get(column);
    if (size !== undefined) return Math.floor(random.next() * (size + 1));
    return scale * (statistics.mean[column]! + (random.next() * 6 - 3) * statistics.deviation[column]!);
  });
}
