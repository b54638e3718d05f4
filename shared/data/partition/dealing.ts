import type { Random } from '../../parameters/random.ts';
import { PartitionError } from './partition-error.ts';
import type { RowClasses } from './partitioner.ts';

/** 0 … count−1 in random order (Fisher–Yates). */
export function shuffled(count: number, random: Random): Uint32Array {
  const order = Uint32Array.from({ length: count }, (_, index) => index);
  for (let last = count - 1; last > 0; last--) {
    const other = Math.floor(random.next() * (last + 1));
    const kept = order[last]!;
    order[last] = order[other]!;
    order[other] = kept;
  }
  return order;
}

/** Sizes of `parts` parts that differ by at most one. */
export function equalSizes(total: number, parts: number): Uint32Array {
  return Uint32Array.from(
    { length: parts },
    (_, part) => Math.floor(((part + 1) * total) / parts) - Math.floor((part * total) / parts),
  );
}

/** Cuts an order of all rows into contiguous parts: part p is client p's. */
export function cut(order: Uint32Array, sizes: Uint32Array): Uint32Array {
  const owner = new Uint32Array(order.length);
  let at = 0;
  for (let client = 0; client < sizes.length; client++) {
    for (let taken = 0; taken < sizes[client]!; taken++) owner[order[at++]!] = client;
  }
  return owner;
}

/** The rows of each client, ascending, as views of one array: O(rows + clients). */
export function gather(owner: Uint32Array, clients: number): Uint32Array[] {
  const { order, starts } = countingSort(owner, clients);
  return Array.from({ length: clients }, (_, client) => order.subarray(starts[client], starts[client + 1]));
}

/** Rows of each class in random order: class k has order[starts[k]] … order[starts[k + 1] − 1]. */
export function rowsByClass(rows: number, classes: RowClasses, random: Random) {
  const labels = new Uint32Array(rows);
  for (let row = 0; row < rows; row++) {
    const label = classes.of(row);
    if (!(Number.isInteger(label) && label >= 0 && label < classes.count)) {
      throw new PartitionError(
        `Row ${row} has class ${label}, but there are classes 0 to ${classes.count - 1} only.`,
      );
    }
    labels[row] = label;
  }
  return countingSort(labels, classes.count, shuffled(rows, random));
}

/** Stable: within a key, rows keep the order they come in. */
function countingSort(keys: Uint32Array, range: number, incoming?: Uint32Array) {
  const starts = new Uint32Array(range + 1);
  for (const key of keys) starts[key + 1]!++;
  for (let key = 0; key < range; key++) starts[key + 1]! += starts[key]!;
  const next = starts.slice();
  const order = new Uint32Array(keys.length);
  for (let at = 0; at < keys.length; at++) {
    const row = incoming ? incoming[at]! : at;
    order[next[keys[row]!]!++] = row;
  }
  return { order, starts };
}
