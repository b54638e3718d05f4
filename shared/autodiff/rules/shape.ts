import { integersOf, intsOf, numberOf, stringOf } from '../attributes.ts';
import { scatterBack } from '../lowerings/flat-scatter.ts';
import { gradientOf, type RuleContext, type RuleRow, rule } from '../registry.ts';
import { padRule } from './pad.ts';
import { sliceRule } from './slice.ts';

const likeInput = (c: RuleContext) => [c.e.reshapeLike(gradientOf(c), c.inputs[0]!)];

/** Operators that move elements about. */
export const shapeRules: readonly RuleRow[] = [
  rule('Reshape', 'g in the shape of x', likeInput),
  rule('Flatten', 'g in the shape of x', likeInput),
  rule('Squeeze', 'g in the shape of x', likeInput),
  rule('Unsqueeze', 'g in the shape of x', likeInput),
  rule('Expand', 'g, summed back by the walker', (c) => [gradientOf(c)]),
  rule('Transpose', 'g by the inverse permutation', (c) => {
    const rank = c.e.dimsOf(c.inputs[0]!).length;
    const permutation = intsOf(c.node, 'perm') ?? Array.from({ length: rank }, (_, k) => rank - 1 - k);
    return [
      c.e.transpose(
        gradientOf(c),
        Array.from({ length: rank }, (_, k) => permutation.indexOf(k)),
      ),
    ];
  }),
  rule('Concat', 'one Slice of g for each input that wants it', concat),
  rule('Split', 'Concat of the gradients, zeros where an output is not used', split),
  sliceRule,
  padRule,
  rule('Tile', 'the repeats as axes of their own, summed', tile),
  rule('Trilu', 'Trilu of g', (c) => [
    c.e.op('Trilu', [gradientOf(c), ...c.inputs.slice(1)], { upper: numberOf(c.node, 'upper', 1) }),
  ]),
  rule('CumSum', 'CumSum of g the other way', (c) => [
    c.e.op('CumSum', [gradientOf(c), c.inputs[1]!], {
      exclusive: numberOf(c.node, 'exclusive', 0),
      reverse: 1 - numberOf(c.node, 'reverse', 0),
    }),
  ]),
  rule(
    'DepthToSpace',
    'the inverse as Reshape, Transpose, Reshape (SpaceToDepth is not on WebGPU)',
    depthToSpace,
  ),
  rule('SpaceToDepth', 'DepthToSpace', (c) => [
    c.e.op('DepthToSpace', [gradientOf(c)], { blocksize: numberOf(c.node, 'blocksize', 1), mode: 'DCR' }),
  ]),
];

function concat(c: RuleContext): (string | undefined)[] {
  const { e, inputs, wanted, node } = c;
  const g = gradientOf(c);
  const rank = e.dimsOf(g).length;
  const given = numberOf(node, 'axis', 0);
  const axis = given < 0 ? given + rank : given;
  const sizes = inputs.map((input) => e.dimsOf(input)[axis]!);
  if (!sizes.every((size) => typeof size === 'number')) {
    const lengths = inputs.map((input) => e.dim(input, axis));
    return e.multi('Split', [g, e.concat(lengths, 0)], inputs.length, { axis });
  }
  let start = 0;
  return sizes.map((size, k) => {
    const from = start;
    start += size;
    return wanted[k] ? e.slice(g, [from], [start], [axis]) : undefined;
  });
}

function split({ e, node, outputs, gradients }: RuleContext): string[] {
  const parts = gradients.map((gradient, k) => gradient ?? e.fillLike(outputs[k]!, 0));
  return [e.concat(parts, numberOf(node, 'axis', 0))];
}

/** [r0 d0, r1 d1, …] read as [r0, d0, r1, d1, …]. */
function tile(c: RuleContext): string[] {
  const { e, inputs } = c;
  const g = gradientOf(c);
  const [x, repeats] = inputs as readonly [string, string];
  const dims = e.dimsOf(x);
  const known = integersOf(e.builder.isConstant(repeats));
  const evens = dims.map((_, k) => 2 * k);
  const symbols = dims.filter((dim) => typeof dim !== 'number').length;
  if (known !== undefined && symbols <= 1) {
    const pairs = dims.flatMap((dim, k) => [known[k]!, typeof dim === 'number' ? dim : -1]);
    return [e.sum(e.reshape(g, pairs), evens, false)];
  }
  const columns = e.op('Reshape', [e.concat([repeats, e.shape(x)], 0), e.ints([2, dims.length])]);
  const pairs = e.op('Reshape', [e.transpose(columns, [1, 0]), e.ints([2 * dims.length])]);
  const split = e.op('Reshape', [g, pairs]);
  // Shapes of computed repeats are not known while the graph is built; the sum has x's again.
  return [e.reshapeLike(e.sum(split, evens, false), x)];
}

function depthToSpace(c: RuleContext): string[] {
  const { e, node, inputs } = c;
  const g = gradientOf(c);
  const b = numberOf(node, 'blocksize', 1);
  const [, channels, height, width] = e.dimsOf(inputs[0]!);
  if (typeof channels !== 'number' || typeof height !== 'number' || typeof width !== 'number') {
    const mode = stringOf(node, 'mode', 'DCR');
    return [
      scatterBack(e, g, inputs[0]!, (positions) => e.op('DepthToSpace', [positions], { blocksize: b, mode })),
    ];
  }
  const depth = channels / (b * b);
  // g [N, C', h b, w b] as [N, C', h, b, w, b], to [N, b, b, C', h, w] (depth-column-row) or [N, C', b, b, h, w].
  const split = e.reshape(g, [-1, depth, height, b, width, b]);
  const order = stringOf(node, 'mode', 'DCR') === 'DCR' ? [0, 3, 5, 1, 2, 4] : [0, 1, 3, 5, 2, 4];
  return [e.reshape(e.transpose(split, order), [-1, channels, height, width])];
}
