import { cut, equalSizes } from './dealing.ts';

/** Contiguous parts of equal size of the rows in order of a key; rows of the same key in order of `tie`. */
export function ownersByOrder(
  keys: Float64Array,
  clients: number,
  tie: (row: number) => number = (row) => row,
): Uint32Array {
  const order = Uint32Array.from(keys, (_, row) => row).sort(
    (a, b) => keys[a]! - keys[b]! || tie(a) - tie(b) || a - b,
  );
  return cut(order, equalSizes(keys.length, clients));
}
