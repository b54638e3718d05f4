import type { RowClasses } from '../../shared/data/partition/partitioner.ts';
import type { Group } from './stacked-bars.ts';

export interface ClassGroups {
  readonly groups: readonly Group[];
  /** [classes] the group of each class. */
  readonly groupOf: Uint32Array;
}

/**
 * Classes as a picture can show them: each its own group while there is room, else the most frequent ones in their order, and one
 * for the rest.
 *
 * @param overall shares of the classes
 */
export function groupClasses(
  classes: RowClasses,
  overall: Float64Array,
  most: number,
  colours: number,
): ClassGroups {
  const name = (index: number) => classes.names?.[index] ?? String(index);
  const shown =
    classes.count <= most
      ? Array.from(overall.keys())
      : Array.from(overall.keys())
          .sort((a, b) => overall[b]! - overall[a]! || a - b)
          .slice(0, most - 1)
          .sort((a, b) => a - b);
  const groupOf = new Uint32Array(classes.count).fill(shown.length);
  for (const [group, index] of shown.entries()) groupOf[index] = group;
  const groups = shown.map((index, group) => ({ name: name(index), colour: `c${group % colours}` }));
  const rest = classes.count - shown.length;
  return { groups: rest > 0 ? [...groups, { name: `${rest} others`, colour: 'rest' }] : groups, groupOf };
}

/** Counts of classes as counts of groups. */
export function byGroup(counts: ArrayLike<number>, { groups, groupOf }: ClassGroups): Float64Array {
  const sums = new Float64Array(groups.length);
  for (let index = 0; index < counts.length; index++) sums[groupOf[index]!]! += counts[index]!;
  return sums;
}
