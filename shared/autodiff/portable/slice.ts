import { type ExpandContext, type ExpandRow, expansion } from '../../onnx/expand/context.ts';
import { integersOf } from '../attributes.ts';

/**
 * WebGPU's provider of ONNX Runtime 1.30 begins a backward Slice at the end of the axis, wherever it is told to: so the
 * axis is cut off there first.
 */
export const PORTABLE_SLICE: ExpandRow = expansion(
  'Slice',
  '',
  'backwards from the middle: what lies behind is cut off first',
  backwardsFromTheMiddle,
);

function backwardsFromTheMiddle(c: ExpandContext): readonly string[] | undefined {
  const read = (index: number) => (c.has(index) ? integersOf(c.constant(index)) : undefined);
  const [starts, ends, steps] = [read(1), read(2), read(4)];
  const axes = c.has(3) ? read(3) : starts?.map((_, axis) => axis);
  if (!starts || !ends || !steps || !axes) return undefined;
  const rank = c.rank(0);
  const cuts = axes.flatMap((given, k) => {
    const axis = c.axis(given, rank);
    const size = c.dims(0)[axis];
    if (steps[k]! > 0 || typeof size !== 'number') return [];
    const start = Math.min(starts[k]! < 0 ? starts[k]! + size : starts[k]!, size - 1);
    return start < 0 || start === size - 1 ? [] : [{ k, axis, size, length: start + 1 }];
  });
  if (cuts.length === 0) return undefined;
  const { e } = c;
  const cut = e.slice(
    c.input(0),
    cuts.map(() => 0),
    cuts.map(({ length }) => length),
    cuts.map(({ axis }) => axis),
  );
  const [from, to] = [[...starts], [...ends]];
  for (const { k, size, length } of cuts) {
    from[k] = length - 1;
    // Ends count from the front; one that was before the front is so still.
    const end = ends[k]! < 0 ? Math.max(-1, ends[k]! + size) : ends[k]!;
    to[k] = end < 0 ? -length - 1 : end;
  }
  return [e.slice(cut, from, to, axes, steps)];
}
