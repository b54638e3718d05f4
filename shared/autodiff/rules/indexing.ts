import { integersOf, numberOf } from '../attributes.ts';
import { gradientOf, type RuleContext, type RuleRow, rule } from '../registry.ts';

/** Reading by index: the gradient is added where the values were read. */
export const indexingRules: readonly RuleRow[] = [
  rule('Gather', 'ScatterND (add) of rows into zeros; a constant index: Pad', gather),
  rule('GatherElements', 'ScatterElements (add) into zeros', ({ e, node, inputs, gradients }) => [
    e.op('ScatterElements', [e.fillLike(inputs[0]!, 0), inputs[1]!, gradients[0]!], {
      axis: numberOf(node, 'axis', 0),
      reduction: 'add',
    }),
  ]),
  rule('GatherND', 'ScatterND (add) into zeros; batch_dims as further index columns', gatherNd),
  rule(
    'TopK',
    "ScatterElements of the values' gradient into zeros",
    ({ e, node, inputs, outputs, gradients }) => [
      gradients[0] === undefined
        ? undefined
        : e.op('ScatterElements', [e.fillLike(inputs[0]!, 0), outputs[1]!, gradients[0]], {
            axis: numberOf(node, 'axis', -1),
            reduction: 'add',
          }),
    ],
  ),
];

function gather(c: RuleContext): string[] {
  const { e, node, inputs } = c;
  const [x, indices] = inputs as readonly [string, string];
  const dims = e.dimsOf(x);
  const g = gradientOf(c);
  const given = numberOf(node, 'axis', 0);
  const axis = given < 0 ? given + dims.length : given;
  const size = dims[axis];
  const known = integersOf(e.builder.isConstant(indices));
  if (known?.length === 1 && typeof size === 'number') {
    const at = known[0]! < 0 ? known[0]! + size : known[0]!;
    const pads = new Array<number>(2 * dims.length).fill(0);
    pads[axis] = at;
    pads[axis + dims.length] = size - 1 - at;
    const rank = e.dimsOf(indices).length;
    const row = rank === 0 ? e.unsqueeze(g, [axis]) : rank === 1 ? g : undefined;
    if (row !== undefined) return [e.pad(row, pads)];
  }
  // Axes of the indices to the front, so that one index column addresses the rows of [size, rest…].
  const indexRank = e.dimsOf(indices).length;
  const others = dims.flatMap((_, k) => (k === axis ? [] : [k]));
  const front = Array.from({ length: indexRank }, (_, k) => axis + k);
  const back = e.dimsOf(g).flatMap((_, k) => (k >= axis && k < axis + indexRank ? [] : [k]));
  const rows = e.transpose(g, [...front, ...back]);
  const like = e.transpose(x, [axis, ...others]);
  const zeros = e.fillLike(like, 0);
  // Gather takes int32 too, ScatterND int64 only. The cast comes last: WebGPU reshapes int32, not int64.
  const placed = e.unsqueeze(indices, [indexRank]);
  const isWhole = e.builder.typeOf(indices).type === 'int64';
  const columns = isWhole ? placed : e.op('Cast', [placed], { to: 'int64' });
  const sum = e.op('ScatterND', [zeros, columns, rows], { reduction: 'add' });
  const inverse = dims.map((_, k) => (k === axis ? 0 : others.indexOf(k) + 1));
  return [e.transpose(sum, inverse)];
}

function gatherNd(c: RuleContext): string[] {
  const { e, node, inputs } = c;
  const [x, indices] = inputs as readonly [string, string];
  const batch = numberOf(node, 'batch_dims', 0);
  const columns = batch === 0 ? indices : withBatchColumns(c, indices, batch);
  return [e.op('ScatterND', [e.fillLike(x, 0), columns, gradientOf(c)], { reduction: 'add' })];
}

/** [b0, …, k] with the positions along the first `batch` axes put before the index. */
function withBatchColumns({ e }: RuleContext, indices: string, batch: number): string {
  const rank = e.dimsOf(indices).length;
  const shape = e.concat([indexShape(e, indices, rank), e.ints([1])], 0);
  const columns = Array.from({ length: batch }, (_, axis) => {
    const count = e.op('Squeeze', [e.dim(indices, axis)]);
    const range = e.op('Range', [e.scalar(0, 'int64'), count, e.scalar(1, 'int64')]);
    const placed = Array.from({ length: rank }, (_, k) => (k === axis ? -1 : 1));
    return e.op('Expand', [e.op('Reshape', [range, e.ints(placed)]), shape]);
  });
  return e.concat([...columns, indices], -1);
}

function indexShape(e: RuleContext['e'], indices: string, rank: number): string {
  return e.concat(
    Array.from({ length: rank - 1 }, (_, axis) => e.dim(indices, axis)),
    0,
  );
}
