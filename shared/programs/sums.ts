import type { LossJob } from '../job/job.ts';
import { buildLoss, checkLoss } from '../nn/losses/registry.ts';
import { positionsOf, type SingleTarget, type TargetSpec } from '../nn/specs.ts';
import type { GraphBuilder } from '../onnx/builder.ts';
import { sizeOf } from '../onnx/tensor.ts';
import { blankOf, compare, comparedAs, ignoredBy, learnedForm } from './compared.ts';
import { appendSumOfLosses } from './loss-sum.ts';
import { appendMetrics, type SumOptions } from './output-metrics.ts';
import { DENOMINATOR, LOSS, type Program } from './program.ts';

/** What is added to a forward graph: the target input, and the outputs that training and evaluation read. */
export type SumOutputs = Pick<Program, 'target' | 'sums' | 'extras'>;

/**
 * Appends the loss and the metrics' sums to a forward graph and makes them outputs: `loss`, `denominator`, `examples`, then
 * for classes `correct`, for numbers `squared_error` and `absolute_error`. In evaluation also the extra output
 * `confusion` [classes, classes] (row: the true class, column: the predicted one), or for numbers the sums
 * `target_sum` and `target_squares`, which R² needs. Every position of an example counts as one.
 *
 * @param outputs `logits` [batch, …positions, classes], or `prediction` in the target's shape; of several targets one of each name
 * @throws ModelBuildError when the loss is not for this target
 */
export function appendSums(
  builder: GraphBuilder,
  outputs: readonly string[],
  loss: LossJob,
  target: TargetSpec,
  options: SumOptions,
): SumOutputs {
  if (loss.kind === 'sum') return appendSumOfLosses(builder, outputs, loss, target, options);
  if (target.kind === 'several') throw new Error(`one loss, ${loss.kind}, for several outputs`);
  const [output] = outputs as readonly [string];
  checkLoss(loss.kind, comparedAs(target));
  const input = targetInput(builder, target);
  const compared = compare(builder, output, input?.name, loss, target);
  const positions = sizeOf(positionsOf(target));
  const seen = learnedForm(builder, compared, target);
  const terms = buildLoss(builder, { ...seen, positions, latents: options.latents ?? [] }, loss);
  builder.output(terms.sum, LOSS);
  builder.output(terms.denominator, DENOMINATOR);
  const given = {
    output,
    label: input?.name,
    compared,
    target,
    ignore: ignoredBy(loss),
    blank: blankOf(loss),
  };
  const measured = appendMetrics(builder, given, options, (value, sum) => builder.output(value, sum));
  return {
    target: input,
    sums: [LOSS, DENOMINATOR, ...measured.sums],
    extras: measured.extras,
  };
}

function targetInput(builder: GraphBuilder, target: SingleTarget): Program['target'] {
  if (target.kind === 'none') return undefined;
  // Not int64: WebGPU's provider has no kernel that reads it as numbers.
  const type = target.kind === 'class' || target.kind === 'symbols' ? 'int32' : 'float32';
  const dims = positionsOf(target);
  return { name: builder.input('target', type, ['batch', ...dims]), type, dims };
}
