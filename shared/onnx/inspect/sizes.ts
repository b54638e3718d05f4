import { bytesPerElement } from '../data-types.ts';
import type { Dim, Node, ValueType } from '../model.ts';
import type { InspectionLimits } from './limits.ts';
import { plain, spelled } from './plain.ts';
import { hold, placed, RefusedModelError } from './refused.ts';

/** Elements of a value; a symbol counts once, and one like `64*batch` its factor. */
export function elementsOf({ dims }: Pick<ValueType, 'dims'>): number {
  return dims.reduce<number>((product, dim) => product * (typeof dim === 'number' ? dim : factorOf(dim)), 1);
}

function factorOf(dim: string): number {
  return Number(/^(\d+)\*/.exec(dim)?.[1] ?? 1);
}

/** Texts count as one byte for each: nothing that is trained holds them. */
export function bytesOf(type: ValueType): number {
  return elementsOf(type) * (bytesPerElement(type.type) || 1);
}

/**
 * Refuses a node that would compute an absurdly large value, before anything computes it.
 * @throws RefusedModelError
 */
export function guardSizes(limits: InspectionLimits) {
  return (node: Node, types: ReadonlyMap<string, ValueType>): void => {
    for (const output of node.outputs) {
      const type = types.get(output);
      if (!type || node.op === 'Constant') continue;
      const place = { node: node.name, operator: node.op };
      const found = elementsOf(type);
      const negative = type.dims.find((dim) => typeof dim === 'number' && !(dim >= 0));
      const value = `${placed(place)}: its output '${plain(output)}' [${type.dims.map(shown).join(', ')}]`;
      if (negative !== undefined) throw new RefusedModelError('graph', `${value} has a negative size`, place);
      hold(limits, 'elements', found, `${value} would have ${spelled(found)} elements`, place);
    }
  };
}

const shown = (dim: Dim): string => (typeof dim === 'number' ? spelled(dim) : plain(dim));

/** Operators that never give more elements than go in, whatever the data are, by the axes that then shrink. */
const SHRINKING = new Set(['Compress', 'NonZero', 'Slice', 'Split', 'TopK']);

/**
 * The type with a number for each dimension that only the data decide: the largest that it can be.
 * @throws RefusedModelError where the data decide how large a value grows: whoever sends the model could choose it
 */
export function bounded(
  node: Node,
  output: number,
  type: ValueType,
  input: ValueType | undefined,
): ValueType {
  if (type.dims.every((dim) => typeof dim === 'number')) return type;
  const place = { node: node.name, operator: node.op };
  if (!SHRINKING.has(node.op) || input === undefined) {
    const value = plain(node.outputs[output] ?? '');
    const message = `${placed(place)}: how large its output '${value}' is, the data decide, without a bound`;
    throw new RefusedModelError('data-dependent', message, place);
  }
  const sameRank = input.dims.length === type.dims.length && node.op !== 'NonZero';
  const dims = type.dims.map((dim, axis) => {
    if (typeof dim === 'number') return dim;
    return sameRank ? (input.dims[axis] as Dim) : elementsOf(input);
  });
  return { ...type, dims };
}
