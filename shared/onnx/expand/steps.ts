import type { Expressions } from '../expressions.ts';

/** WebGPU binds about a dozen buffers to a kernel: no Split gives, no Concat takes more values than this. */
const MOST_AT_ONCE = 8;

/** `value` cut into `count` slices along an axis, which is gone from each. */
export function steps(e: Expressions, value: string, axis: number, count: number): string[] {
  const axes = e.ints([axis]);
  return pieces(e, value, axis, count).map((piece) => e.op('Squeeze', [piece, axes]));
}

/** The same with the axis kept, as 1. */
export function pieces(e: Expressions, value: string, axis: number, count: number): string[] {
  if (count <= 1) return count === 1 ? [value] : [];
  const size = Math.ceil(count / Math.min(count, MOST_AT_ONCE));
  const parts = Math.ceil(count / size);
  const sizes = Array.from({ length: parts }, (_, i) => Math.min(size, count - i * size));
  const values = e.multi('Split', [value, e.ints(sizes)], parts, { axis });
  return values.flatMap((part, i) => pieces(e, part, axis, sizes[i] as number));
}

/** Values of one shape along a new axis. */
export function stack(e: Expressions, values: readonly string[], axis: number): string {
  return join(
    e,
    values.map((value) => e.unsqueeze(value, [axis])),
    axis,
  );
}

function join(e: Expressions, values: readonly string[], axis: number): string {
  if (values.length <= MOST_AT_ONCE) return e.concat(values, axis);
  const size = MOST_AT_ONCE ** Math.ceil(Math.log(values.length) / Math.log(MOST_AT_ONCE) - 1e-9 - 1);
  const groups: string[] = [];
  for (let at = 0; at < values.length; at += size) groups.push(join(e, values.slice(at, at + size), axis));
  return e.concat(groups, axis);
}
