import type { Expressions } from '../expressions.ts';
import { type ExpandContext, type ExpandRow, expansion } from './context.ts';
import { type EinsumEquation, parseEinsum } from './einsum-equation.ts';
import { type Part, reshapeTo } from './shape-of.ts';

/** A value whose axes have labels, no label twice. */
interface Term {
  readonly value: string;
  readonly labels: readonly string[];
}

/**
 * Operands are contracted from the left, two at a time, by one MatMul each: axes [shared..., own, summed] times
 * [shared..., summed, own]. What is shared stays as batch dimensions, so these broadcast. Products that sum nothing, or
 * everything they do not share, are Mul and ReduceSum.
 */
function expandEinsum(c: ExpandContext): readonly string[] {
  const equation = read(c);
  const { e } = c;
  const terms = equation.operands.map((labels, k) => withoutRepeats(e, { value: c.input(k), labels }));
  let [result, ...rest] = terms as [Term, ...Term[]];
  while (rest.length > 0) {
    const [next, ...later] = rest as [Term, ...Term[]];
    const kept = new Set([...equation.output, ...later.flatMap(({ labels }) => labels)]);
    result = contract(e, result, next, kept);
    rest = later;
  }
  return [permuted(e, summed(e, result, new Set(equation.output)), equation.output)];
}

function read(c: ExpandContext): EinsumEquation {
  try {
    return parseEinsum(
      c.string('equation', ''),
      c.inputs.map((_, k) => c.rank(k)),
    );
  } catch (error) {
    return c.fail((error as Error).message);
  }
}

/** Of axes with the same label, the diagonal. */
function withoutRepeats(e: Expressions, term: Term): Term {
  const { labels } = term;
  const label = labels.find((item, k) => labels.indexOf(item) !== k);
  if (label === undefined) return term;
  const first = labels.indexOf(label);
  const second = labels.indexOf(label, first + 1);
  const others = [...labels.keys()].filter((k) => k !== first && k !== second);
  const value = e.transpose(term.value, [...others, first, second]);
  return withoutRepeats(e, {
    value: diagonal(e, value),
    labels: [...others.map((k) => labels[k] as string), label],
  });
}

/** [..., n, n] to [..., n]: every (n + 1)-th of the flattened matrix; masked and summed where n is not known. */
function diagonal(e: Expressions, value: string): string {
  const dims = e.dimsOf(value);
  const rank = dims.length;
  const n = dims[rank - 1];
  if (typeof n === 'number') {
    const leading = dims.slice(0, -2).map((_, k): Part => ({ value, axes: [k] }));
    return e.slice(reshapeTo(e, value, [...leading, n * n]), [0], [n * n], [rank - 2], [n + 1]);
  }
  const size = e.op('Squeeze', [e.dim(value, rank - 1), e.ints([0])]);
  const range = e.op('Range', [e.scalar(0, 'int64'), size, e.scalar(1, 'int64')]);
  const same = e.equal(e.unsqueeze(range, [0]), e.unsqueeze(range, [1]));
  return e.sum(e.where(same, value, 0), [rank - 1], false);
}

/** Sums over the axes that nobody reads any more. */
function summed(e: Expressions, { value, labels }: Term, kept: ReadonlySet<string>): Term {
  const axes = [...labels.keys()].filter((k) => !kept.has(labels[k] as string));
  return { value: e.sum(value, axes, false), labels: labels.filter((label) => kept.has(label)) };
}

function permuted(e: Expressions, { value, labels }: Term, wanted: readonly string[]): string {
  return e.transpose(
    value,
    wanted.map((label) => labels.indexOf(label)),
  );
}

function contract(e: Expressions, left: Term, right: Term, kept: ReadonlySet<string>): Term {
  const a = summed(e, left, new Set([...kept, ...right.labels]));
  const b = summed(e, right, new Set([...kept, ...left.labels]));
  const both = a.labels.filter((label) => b.labels.includes(label));
  const shared = both.filter((label) => kept.has(label));
  const inner = both.filter((label) => !kept.has(label));
  const ownA = a.labels.filter((label) => !both.includes(label));
  const ownB = b.labels.filter((label) => !both.includes(label));
  const fits = inner.every((label) => sizeIn(e, a, label) === sizeIn(e, b, label));
  if (inner.length === 0 || (ownA.length === 0 && ownB.length === 0) || !fits) {
    const labels = [...shared, ...ownA, ...ownB, ...inner];
    const product = { value: e.mul(aligned(e, a, labels), aligned(e, b, labels)), labels };
    return summed(e, product, kept);
  }
  const x = grouped(e, a, [shared, ownA, inner]);
  const y = grouped(e, b, [shared, inner, ownB]);
  const product = e.op('MatMul', [x, y]);
  const parts = [
    ...shared.map((_, k): Part => ({ value: product, axes: [k] })),
    ...ownA.map((label): Part => ({ value: a.value, axes: [a.labels.indexOf(label)] })),
    ...ownB.map((label): Part => ({ value: b.value, axes: [b.labels.indexOf(label)] })),
  ];
  return { value: reshapeTo(e, product, parts), labels: [...shared, ...ownA, ...ownB] };
}

function sizeIn(e: Expressions, { value, labels }: Term, label: string) {
  return e.dimsOf(value)[labels.indexOf(label)];
}

/** Axes in the order of `labels`, 1 where the term has none. */
function aligned(e: Expressions, term: Term, labels: readonly string[]): string {
  const own = labels.filter((label) => term.labels.includes(label));
  const missing = [...labels.keys()].filter((k) => !term.labels.includes(labels[k] as string));
  return e.unsqueeze(permuted(e, term, own), missing);
}

/** Axes of the first group as they are, those of the other two merged into one each. */
function grouped(e: Expressions, term: Term, groups: readonly [string[], string[], string[]]): string {
  const value = permuted(e, term, groups.flat());
  const [kept, second, third] = groups.map((group) => group.length) as [number, number, number];
  const merged = (from: number, count: number): Part =>
    count === 0 ? 1 : { value, axes: Array.from({ length: count }, (_, k) => from + k) };
  const batch = Array.from({ length: kept }, (_, k): Part => ({ value, axes: [k] }));
  return reshapeTo(e, value, [...batch, merged(kept, second), merged(kept + second, third)]);
}

export const EINSUM: readonly ExpandRow[] = [
  expansion(
    'Einsum',
    '',
    'Transpose, MatMul (shared axes as batch), Mul and ReduceSum, two operands at a time from the left; ellipsis, repeated and implicit indices, axes of 1 broadcast',
    expandEinsum,
  ),
];
