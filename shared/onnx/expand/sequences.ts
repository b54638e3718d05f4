import { int64 } from '../tensor.ts';
import { type ExpandContext, type ExpandRow, expansion } from './context.ts';
import { pieces, stack, steps } from './steps.ts';

/*
 * Lists of tensors, as TorchScript exports `list.append` and `torch.stack`: where positions and lengths are known a
 * list is only a way to name tensors, and nothing of it is left.
 */

/** A position that is constant, in [0, length]; undefined is the end. */
function position(c: ExpandContext, index: number, length: number): number {
  if (!c.has(index)) return length;
  const [given] = c.numbers(index) ?? [];
  if (given === undefined) c.fail('the position in the sequence is computed from data: it must be constant');
  const at = given < 0 ? given + length : given;
  if (at < 0 || at > length) c.fail(`position ${given} is outside of a sequence of ${length}`);
  return at;
}

function item(c: ExpandContext, length: number): number {
  const at = c.has(1) ? position(c, 1, length) : length - 1;
  if (at >= length || at < 0) c.fail(`position ${at} is outside of a sequence of ${length}`);
  return at;
}

function insert(c: ExpandContext): string[] {
  const values = c.sequence(0);
  const at = position(c, 2, values.length);
  return [c.newSequence([...values.slice(0, at), c.input(1), ...values.slice(at)])];
}

function concat(c: ExpandContext): string[] {
  const values = c.sequence(0);
  const [first] = values;
  if (first === undefined) c.fail('the sequence is empty, so the shape is not known');
  const axis = c.number('axis', 0);
  const rank = c.typeOf(first).dims.length;
  if (c.number('new_axis', 0) === 1) return [stack(c.e, values, c.axis(axis, rank + 1))];
  return [c.e.concat(values, c.axis(axis, rank))];
}

/** Slices of one, equal parts with a smaller last one, or the sizes given. */
function split(c: ExpandContext): string[] {
  const value = c.input(0);
  const axis = c.axis(c.number('axis', 0), c.rank(0));
  const total = c.size(0, axis);
  if (!c.has(1)) {
    if (total > c.mostNodes) c.fail(`its ${total} parts are too many to write out (at most ${c.mostNodes})`);
    const cut = c.number('keepdims', 1) === 1 ? pieces : steps;
    return [c.newSequence(cut(c.e, value, axis, total))];
  }
  const sizes = c.numbers(1);
  if (sizes === undefined) c.fail('the sizes of its parts are computed from data: they must be constant');
  const [size = 0] = sizes;
  if (c.rank(1) === 0 && size < 1) c.fail(`its parts cannot have size ${size}`);
  if (c.rank(1) === 0 && total / size > c.mostNodes)
    c.fail(`its ${Math.ceil(total / size)} parts are too many to write out (at most ${c.mostNodes})`);
  const parts =
    c.rank(1) === 0
      ? Array.from({ length: Math.ceil(total / size) }, (_, i) => Math.min(size, total - i * size))
      : [...sizes];
  if (parts.length === 1) return [c.newSequence([value])];
  return [c.newSequence(c.e.multi('Split', [value, c.e.ints(parts)], parts.length, { axis }))];
}

const note = 'names of tensors; positions and lengths must be constant';

export const SEQUENCES: readonly ExpandRow[] = [
  expansion('SequenceEmpty', '', note, (c) => [c.newSequence([])]),
  expansion('SequenceConstruct', '', note, (c) => [c.newSequence(c.inputs)]),
  expansion('SequenceInsert', '', note, insert),
  expansion('SequenceErase', '', note, (c) => {
    const values = c.sequence(0);
    const at = item(c, values.length);
    return [c.newSequence(values.filter((_, i) => i !== at))];
  }),
  expansion('SequenceAt', '', note, (c) => [c.sequence(0)[item(c, c.sequence(0).length)]]),
  expansion('SequenceLength', '', note, (c) => [c.e.constant(int64([], [c.sequence(0).length]))]),
  expansion('ConcatFromSequence', '', 'Concat of its tensors', concat),
  expansion('SplitToSequence', '', 'Split, each part by its name', split),
];
