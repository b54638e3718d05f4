import { numberOf, stringOf } from '../attributes.ts';
import { positionsAlong } from '../lowerings/identity.ts';
import { type Corner, cornersOf } from '../lowerings/sampling-corners.ts';
import { gradientOf, type RuleContext, type RuleRow, rule } from '../registry.ts';

/** Sampling at computed places (Jaderberg et al. 2015, arXiv:1506.02025). */
export const gridSampleRules: readonly RuleRow[] = [
  rule(
    'GridSample',
    'input: one ScatterElements (add) of all taps; grid: the taps gathered, weighted by the derivative of the kernel; nearest: none for the grid',
    gridSample,
  ),
  rule('AffineGrid', 'the base grid, transposed, times g', affineGrid),
];

/** x [N, C, …], grid [N, …, d] with the last axis' coordinate first; P positions. */
function gridSample(c: RuleContext): (string | undefined)[] {
  const { e, wanted } = c;
  const [x, grid] = c.inputs as readonly [string, string];
  const nearest = stringOf(c.node, 'mode', 'linear') === 'nearest';
  const forGrid = wanted[1] === true && !nearest;
  if (!wanted[0] && !forGrid) return [];
  const corners = cornersOf(c, forGrid);
  const g = e.op('Reshape', [gradientOf(c), e.ints([0, 0, -1])]);
  const flat = e.op('Reshape', [x, e.ints([0, 0, -1])]);
  const channels = e.concat([e.ints([1]), e.dim(x, 1), e.ints([1])], 0);
  const indexOf = (value: string) => e.op('Expand', [e.cast(value, 'int32'), channels]);
  const forInput = () => {
    const index = indexOf(
      e.concat(
        corners.map((corner) => corner.index),
        2,
      ),
    );
    const shares = e.concat(
      corners.map((corner) => e.mul(g, corner.weight)),
      2,
    );
    const sum = e.op('ScatterElements', [e.fillLike(flat, 0), index, shares], { axis: 2, reduction: 'add' });
    return e.reshapeLike(sum, x);
  };
  return [
    wanted[0] ? forInput() : undefined,
    forGrid ? gridGradient(c, corners, g, flat, indexOf, grid) : undefined,
  ];
}

function gridGradient(
  { e }: RuleContext,
  corners: readonly Corner[],
  g: string,
  flat: string,
  indexOf: (value: string) => string,
  grid: string,
): string {
  // Per corner, how much the loss gains from one unit of it: [N, 1, P].
  const gains = corners.map(({ index }) => {
    const values = e.op('GatherElements', [flat, indexOf(index)], { axis: 2 });
    return e.sum(e.mul(g, values), [1], true);
  });
  const axes = corners[0]!.slopes.map((_, axis) =>
    corners.map(({ slopes }, k) => e.mul(gains[k]!, slopes[axis]!)).reduce((sum, part) => e.add(sum, part)),
  );
  // [N, d, P], the last axis' coordinate first, to [N, P, d].
  const stacked = e.concat(axes.reverse(), 1);
  return e.reshapeLike(e.transpose(stacked, [0, 2, 1]), grid);
}

/** theta [N, d, d + 1]: grid = base theta', where the base has a row (x, y, …, 1) for each position. */
function affineGrid(c: RuleContext): string[] {
  const { e, node, outputs } = c;
  const grid = outputs[0]!;
  const { type, dims } = e.typeOf(grid);
  const rank = dims.length - 2;
  const corners = numberOf(node, 'align_corners', 0) === 1;
  const spatial = Array.from({ length: rank }, (_, axis) => e.dim(grid, axis + 1));
  const shape = e.concat([...spatial, e.ints([1])], 0);
  const columns = Array.from({ length: rank }, (_, k) => {
    // The last axis first.
    const axis = rank - 1 - k;
    const size = dims[axis + 1];
    const count = typeof size === 'number' ? size : e.cast(e.op('Squeeze', [e.dim(grid, axis + 1)]), type);
    const places = positionsAlong(e, grid, axis + 1, type);
    const range = corners
      ? e.sub(e.div(e.mul(places, 2), typeof count === 'number' ? count - 1 : e.sub(count, 1)), 1)
      : e.sub(e.div(e.add(e.mul(places, 2), 1), count), 1);
    const inserted = Array.from({ length: rank + 1 }, (_, at) => at).filter((at) => at !== axis);
    return e.op('Expand', [e.unsqueeze(range, inserted), shape]);
  });
  const ones = e.op('Expand', [e.scalar(1, type), shape]);
  const base = e.op('Reshape', [e.concat([...columns, ones], rank), e.ints([-1, rank + 1])]);
  const rows = e.op('Reshape', [gradientOf(c), e.ints([0, -1, rank])]);
  return [e.op('MatMul', [e.transpose(rows, [0, 2, 1]), base])];
}
