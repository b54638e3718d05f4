import { intsOf, numberOf } from '../attributes.ts';
import { gradientOf, type RuleContext, type RuleRow, rule } from '../registry.ts';

/** Normalisations whose statistics are of one example: no running averages, training is as inference. */
export const instanceNormalisationRules: readonly RuleRow[] = [
  rule(
    'InstanceNormalization',
    'through the mean and variance of each example and channel (Ulyanov et al. 2016)',
    instanceNorm,
  ),
  rule(
    'GroupNormalization',
    'through the mean and variance of each example and group (Wu and He 2018); scale and bias by group',
    groupNorm,
  ),
  rule(
    'MeanVarianceNormalization',
    'through mean and deviation; 1e-9 is added to the deviation',
    meanVariance,
  ),
  rule('LpNormalization', '(g - y sum(g y)) / norm; p = 1: sign(x) for y; 0 where the norm is 0', lpNorm),
];

/** arXiv:1607.08022. x [N, C, …], scale and bias [C]. */
function instanceNorm(c: RuleContext): (string | undefined)[] {
  const { e, inputs } = c;
  const rank = e.dimsOf(inputs[0]!).length;
  const axes = Array.from({ length: rank - 2 }, (_, k) => k + 2);
  return throughStatistics(c, inputs[0]!, gradientOf(c), axes);
}

/** arXiv:1803.08494: the groups' elements as one axis, [N, groups, …]. */
function groupNorm(c: RuleContext): (string | undefined)[] {
  const { e, node, inputs } = c;
  const x = inputs[0]!;
  const rows = e.ints([0, numberOf(node, 'num_groups', 1), -1]);
  const grouped = (value: string) => e.op('Reshape', [value, rows]);
  const [forX, ...rest] = throughStatistics(c, grouped(x), grouped(gradientOf(c)), [2]);
  return [forX === undefined ? undefined : e.reshapeLike(forX, x), ...rest];
}

/** Gradients of (x - mean) / sqrt(variance + epsilon) * scale + bias, statistics over `axes` (all but 0 and 1). */
function throughStatistics(
  { e, node, inputs, wanted }: RuleContext,
  x: string,
  g: string,
  axes: readonly number[],
): (string | undefined)[] {
  const epsilon = numberOf(node, 'epsilon', 1e-5);
  const centred = e.sub(x, e.mean(x, axes));
  const inverse = e.op('Reciprocal', [e.sqrt(e.add(e.mean(e.square(centred), axes), epsilon))]);
  const normal = e.mul(centred, inverse);
  const scale = e.unsqueeze(
    inputs[1]!,
    axes.map((axis) => axis - 1),
  );
  const others = [0, ...axes];
  const forX = () => {
    const inner = e.sub(e.sub(g, e.mean(g, axes)), e.mul(normal, e.mean(e.mul(g, normal), axes)));
    return e.mul(inner, e.mul(inverse, scale));
  };
  return [
    wanted[0] ? forX() : undefined,
    wanted[1] ? e.sum(e.mul(g, normal), others, false) : undefined,
    wanted[2] ? e.sum(g, others, false) : undefined,
  ];
}

/** y = (x - mean) / (deviation + 1e-9), as the function body of the specification has it. */
function meanVariance(c: RuleContext): string[] {
  const { e, node, inputs } = c;
  const x = inputs[0]!;
  const g = gradientOf(c);
  const rank = e.dimsOf(x).length;
  const axes = (intsOf(node, 'axes') ?? [0, 2, 3]).map((axis) => (axis < 0 ? axis + rank : axis));
  const centred = e.sub(x, e.mean(x, axes));
  const deviation = e.sqrt(e.mean(e.square(centred), axes));
  const divisor = e.add(deviation, 1e-9);
  // All elements equal: centred is 0, and so is what goes along it.
  const positive = e.where(e.greater(deviation, 0), deviation, 1);
  const along = e.div(e.mean(e.mul(g, centred), axes), e.mul(e.mul(divisor, divisor), positive));
  return [e.sub(e.div(e.sub(g, e.mean(g, axes)), divisor), e.mul(centred, along))];
}

/** ONNX Runtime gives 0 where the norm is 0; so does the gradient. */
function lpNorm(c: RuleContext): string[] {
  const { e, node, inputs, outputs } = c;
  const [x, y] = [inputs[0]!, outputs[0]!];
  const g = gradientOf(c);
  const axis = numberOf(node, 'axis', -1);
  const axes = [axis < 0 ? axis + e.dimsOf(x).length : axis];
  const first = numberOf(node, 'p', 2) === 1;
  const norm = first ? e.sum(e.abs(x), axes, true) : e.sqrt(e.sum(e.square(x), axes, true));
  const positive = e.greater(norm, 0);
  const inverse = e.where(positive, e.op('Reciprocal', [e.where(positive, norm, 1)]), 0);
  const along = e.sum(e.mul(g, y), axes, true);
  const slope = first
    ? e.where(e.greater(x, 0), along, e.where(e.less(x, 0), e.neg(along), 0))
    : e.mul(y, along);
  return [e.mul(e.sub(g, slope), inverse)];
}
