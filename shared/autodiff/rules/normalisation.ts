import { numberOf } from '../attributes.ts';
import { MissingGradientError } from '../errors.ts';
import { gradientOf, type RuleContext, type RuleRow, rule } from '../registry.ts';

export const normalisationRules: readonly RuleRow[] = [
  rule(
    'BatchNormalization',
    'by the given statistics, or (training_mode) through those of the batch',
    batchNorm,
  ),
  rule('LayerNormalization', 'uses the outputs Mean and InvStdDev where the node has them', layerNorm),
  rule('Dropout', 'g; in training mode g mask / (1 - ratio)', dropout),
];

/** Ioffe and Szegedy 2015 (arXiv:1502.03167). */
function batchNorm(c: RuleContext): (string | undefined)[] {
  const { e, node, wanted, gradients } = c;
  const [x, scale, , mean, variance] = c.inputs as readonly string[];
  const epsilon = numberOf(node, 'epsilon', 1e-5);
  const others = e.dimsOf(x!).flatMap((_, axis) => (axis === 1 ? [] : [axis]));
  const perChannel = (value: string) =>
    e.unsqueeze(
      value,
      others.slice(1).map((axis) => axis - 1),
    );
  if (numberOf(node, 'training_mode', 0) === 1) return batchStatistics(c, others, perChannel, epsilon);
  const g = gradients[0]!;
  const inverse = e.op('Reciprocal', [e.sqrt(e.add(variance!, epsilon))]);
  const centred = () => e.sub(x!, perChannel(mean!));
  const total = e.sum(g, others, false);
  const gain = e.mul(scale!, inverse);
  const forScale = () => e.mul(e.sum(e.mul(g, centred()), others, false), inverse);
  return [
    wanted[0] ? e.mul(g, perChannel(gain)) : undefined,
    wanted[1] || wanted[4] ? forScale() : undefined,
    wanted[2] ? total : undefined,
    wanted[3] ? e.neg(e.mul(total, gain)) : undefined,
    wanted[4] ? e.mul(e.mul(forScale(), e.mul(scale!, e.square(inverse))), -0.5) : undefined,
  ];
}

/** Statistics of the batch, by the population variance; the running averages have gradients as well. */
function batchStatistics(
  c: RuleContext,
  others: readonly number[],
  perChannel: (value: string) => string,
  epsilon: number,
): (string | undefined)[] {
  const { e, node, wanted, gradients } = c;
  const [x, scale] = c.inputs as readonly [string, string];
  const [g, gMean, gVariance] = gradients;
  const momentum = numberOf(node, 'momentum', 0.9);
  const centred = e.sub(x, e.mean(x, others));
  const inverse = e.op('Reciprocal', [e.sqrt(e.add(e.mean(e.square(centred), others), epsilon))]);
  const normal = e.mul(centred, inverse);
  const n = e.count(x, others, e.typeOf(x).type);
  const parts: string[] = [];
  if (g !== undefined) {
    const inner = e.sub(e.sub(g, e.mean(g, others)), e.mul(normal, e.mean(e.mul(g, normal), others)));
    parts.push(e.mul(inner, e.mul(perChannel(scale), inverse)));
  }
  if (gMean !== undefined) parts.push(e.div(perChannel(e.mul(gMean, 1 - momentum)), n));
  if (gVariance !== undefined) {
    parts.push(e.mul(centred, e.div(perChannel(e.mul(gVariance, 2 * (1 - momentum))), n)));
  }
  return [
    wanted[0] ? parts.reduce((sum, part) => e.add(sum, part)) : undefined,
    wanted[1] && g !== undefined ? e.sum(e.mul(g, normal), others, false) : undefined,
    wanted[2] && g !== undefined ? e.sum(g, others, false) : undefined,
    gMean === undefined ? undefined : e.mul(gMean, momentum),
    gVariance === undefined ? undefined : e.mul(gVariance, momentum),
  ];
}

/** Ba, Kiros and Hinton 2016 (arXiv:1607.06450). */
function layerNorm(c: RuleContext): (string | undefined)[] {
  const { e, node, wanted } = c;
  const [x, scale] = c.inputs as readonly [string, string];
  const [g, gMean, gInverse] = c.gradients;
  const rank = e.dimsOf(x).length;
  const given = numberOf(node, 'axis', -1);
  const first = given < 0 ? given + rank : given;
  const axes = Array.from({ length: rank - first }, (_, k) => first + k);
  const [mean, inverse] = statistics(c, axes, numberOf(node, 'epsilon', 1e-5));
  const centred = e.sub(x, mean);
  const normal = e.mul(centred, inverse);
  const n = e.count(x, axes, e.typeOf(x).type);
  const parts: string[] = [];
  if (wanted[0] && g !== undefined) {
    const scaled = e.mul(g, scale);
    const along = e.mul(normal, e.mean(e.mul(scaled, normal), axes));
    parts.push(e.mul(e.sub(e.sub(scaled, e.mean(scaled, axes)), along), inverse));
  }
  // The second derivative comes through the statistics that the first one used.
  if (wanted[0] && gMean !== undefined) parts.push(e.expandLike(e.div(gMean, n), x));
  if (wanted[0] && gInverse !== undefined) {
    const cube = e.mul(e.square(inverse), inverse);
    parts.push(e.neg(e.mul(centred, e.div(e.mul(gInverse, cube), n))));
  }
  return [
    parts.length === 0 ? undefined : parts.reduce((sum, part) => e.add(sum, part)),
    wanted[1] && g !== undefined ? e.mul(g, normal) : undefined,
    wanted[2] ? g : undefined,
  ];
}

/** The node's own, where it gives them in the type of x (stash_type is float32), else computed again. */
function statistics(c: RuleContext, axes: readonly number[], epsilon: number): readonly [string, string] {
  const { e, inputs, outputs } = c;
  const x = inputs[0]!;
  if (outputs[1] && outputs[2] && e.typeOf(outputs[1]).type === e.typeOf(x).type)
    return [outputs[1], outputs[2]];
  const mean = e.mean(x, axes);
  const variance = e.mean(e.square(e.sub(x, mean)), axes);
  return [mean, e.op('Reciprocal', [e.sqrt(e.add(variance, epsilon))])];
}

/** Srivastava et al. 2014, JMLR 15. */
function dropout(c: RuleContext): (string | undefined)[] {
  const { e, node, inputs, outputs } = c;
  const g = gradientOf(c);
  const [, ratio, training] = inputs;
  if (!training) return [g];
  const known = e.builder.isConstant(training);
  if (known !== undefined && Number(known.data[0]) === 0) return [g];
  if (!outputs[1]) {
    throw new MissingGradientError(
      node,
      'in training mode its mask output is needed, and the node has none. Name its second output.',
    );
  }
  const type = e.typeOf(g).type;
  const constant = ratio ? e.builder.isConstant(ratio) : undefined;
  const keep = ratio
    ? constant === undefined
      ? e.sub(1, e.cast(ratio, type))
      : 1 - Number(constant.data[0])
    : 0.5;
  const kept = e.div(g, keep);
  const scaled = known === undefined ? e.where(training, kept, g) : kept;
  return [e.where(outputs[1], scaled, 0)];
}
