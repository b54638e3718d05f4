import type { ExpandContext } from '../context.ts';

/** A value of each direction, one behind the other along a new axis. */
export function stackDirections(c: ExpandContext, values: readonly string[], axis: number): string {
  return c.e.concat(
    values.map((value) => c.e.unsqueeze(value, [axis])),
    axis,
  );
}
