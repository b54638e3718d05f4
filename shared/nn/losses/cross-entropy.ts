import type { GraphBuilder } from '../../onnx/builder.ts';
import { float32 } from '../../onnx/tensor.ts';
import { ModelBuildError } from '../model-build-error.ts';
import { LOSS } from '../specs.ts';
import { type LossRow, total } from './loss.ts';
import { logSoftmax, shiftedLogits } from './stable.ts';

/** From so many classes on, one-hot rows cost more than looking the one logit up. */
const MANY = 64;

/**
 * PyTorch's CrossEntropyLoss, as sums over rows that are not ignored, with class weights w, smoothing ε and K classes:
 * sum = -Σᵢ [(1 - ε) w[yᵢ] log pᵢ[yᵢ] + ε/K Σ_c w[c] log pᵢ[c]], denominator = Σᵢ w[yᵢ].
 */
export const crossEntropy: LossRow<'cross-entropy'> = {
  targets: ['class'],
  description:
    'Softmax and negative log-likelihood of the class (class weights, label smoothing, ignored class).',
  build(builder, { output, target, examples, labels, counts }, { weights, labelSmoothing }) {
    const classes = builder.typeOf(output).dims[1] as number;
    if (weights !== undefined && weights.length !== classes) {
      throw new ModelBuildError({
        section: 'loss',
        path: ['weights'],
        type: 'cross-entropy',
        needs: `loss.weights has ${weights.length} weights for ${classes} classes: give one each`,
      });
    }
    if (classes > MANY && weights === undefined && labelSmoothing === 0 && labels && counts) {
      return { sum: lookedUp(builder, output, labels, counts), denominator: examples };
    }
    const logProbabilities = logSoftmax(builder, output, 'loss/log_probabilities');
    const wanted = targetDistribution(builder, target, weights, labelSmoothing, classes);
    const products = builder.op('Mul', [logProbabilities, wanted], {}, 'loss/products');
    const sum = builder.op('Neg', [total(builder, products, 'loss/log_likelihood')], {}, LOSS);
    return { sum, denominator: weights ? weightOf(builder, target, weights) : examples };
  },
};

/** [batch, classes]: what each log-probability counts; rows of zeros where the target's are. */
function targetDistribution(
  builder: GraphBuilder,
  oneHot: string,
  weights: readonly number[] | undefined,
  smoothing: number,
  classes: number,
): string {
  if (weights === undefined && smoothing === 0) return oneHot;
  const row = (factor: number) =>
    builder.constant(
      float32(
        [1, classes],
        Array.from({ length: classes }, (_, index) => factor * (weights?.[index] ?? 1)),
      ),
      'loss/class_factor',
    );
  const sharp = builder.op('Mul', [oneHot, row(1 - smoothing)], {}, 'loss/sharp_target');
  if (smoothing === 0) return sharp;
  // 1 for a row that counts, 0 for an ignored one.
  const counts = builder.op('ReduceSum', [oneHot, builder.ints([1])], { keepdims: 1 }, 'loss/row_counts');
  const smooth = builder.op('Mul', [counts, row(smoothing / classes)], {}, 'loss/smooth_target');
  return builder.op('Add', [sharp, smooth], {}, 'loss/target');
}

function weightOf(builder: GraphBuilder, oneHot: string, weights: readonly number[]): string {
  const row = builder.constant(float32([1, weights.length], weights), 'loss/class_weight');
  return total(builder, builder.op('Mul', [oneHot, row], {}, 'loss/row_weight'), 'loss/weight');
}

/**
 * Σ (log Σ eˣ - x[y]) of the rows that count. Of [rows, classes] there is only the shifted logits; with one-hot rows there
 * would be those as booleans and as floats, the log-probabilities and their products too.
 */
function lookedUp(builder: GraphBuilder, logits: string, labels: string, counts: string): string {
  const { shifted, logSum } = shiftedLogits(builder, logits, 'loss/logits');
  const column = builder.op('Unsqueeze', [labels, builder.ints([1])], {}, 'loss/label_column');
  const wanted = builder.op('GatherElements', [shifted, column], { axis: 1 }, 'loss/wanted');
  const surprise = builder.op('Sub', [logSum, wanted], {}, 'loss/surprise');
  const counted = builder.op('Unsqueeze', [counts, builder.ints([1])], {}, 'loss/row_counts');
  return total(builder, builder.op('Mul', [surprise, counted], {}, 'loss/values'), LOSS);
}
