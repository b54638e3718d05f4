import type { GraphBuilder } from '../../onnx/builder.ts';
import { float32 } from '../../onnx/tensor.ts';
import { ModelBuildError } from '../model-build-error.ts';
import { LOSS } from '../specs.ts';
import { type LossRow, total } from './loss.ts';
import { logSoftmax, softplus } from './stable.ts';

/**
 * Focal loss (Lin et al., ICCV 2017): w · (1 - p)^γ · (-log p) with p the probability of what is true, over the number of rows.
 * Binary: torchvision's `sigmoid_focal_loss`, whose alpha is the weights [1 - alpha, alpha].
 */
export const focal: LossRow<'focal'> = {
  targets: ['class', 'binary'],
  description: 'Cross-entropy in which what is already right counts little; weights for classes.',
  build(builder, { output, target, examples }, { gamma, weights }) {
    const isClass = builder.typeOf(target).dims.length === 2;
    const classes = isClass ? (builder.typeOf(output).dims[1] as number) : 2;
    if (weights !== undefined && weights.length !== classes) {
      throw new ModelBuildError({
        section: 'loss',
        path: ['weights'],
        type: 'focal',
        needs: `loss.weights has ${weights.length} weights for ${classes} classes: give one each`,
      });
    }
    const values = isClass
      ? ofClasses(builder, output, target, gamma, weights)
      : ofBinary(builder, output, target, gamma, weights);
    return { sum: total(builder, values, LOSS), denominator: examples };
  },
};

function ofClasses(
  builder: GraphBuilder,
  output: string,
  target: string,
  gamma: number,
  weights: readonly number[] | undefined,
): string {
  const logProbabilities = logSoftmax(builder, output, 'loss/log_probabilities');
  const missing = builder.op('Sub', [builder.scalar(1), builder.op('Exp', [logProbabilities])]);
  const surprise = builder.op('Neg', [builder.op('Mul', [target, logProbabilities])], {}, 'loss/surprise');
  const values = builder.op('Mul', [surprise, modulation(builder, missing, gamma)], {}, 'loss/values');
  if (weights === undefined) return values;
  const row = builder.constant(float32([1, weights.length], weights), 'loss/class_weight');
  return builder.op('Mul', [values, row], {}, 'loss/weighted');
}

function ofBinary(
  builder: GraphBuilder,
  output: string,
  target: string,
  gamma: number,
  weights: readonly number[] | undefined,
): string {
  const wrong = builder.op('Neg', [signed(builder, output, target)], {}, 'loss/wrong');
  const surprise = softplus(builder, wrong, 'loss/surprise');
  const missing = builder.op('Sigmoid', [wrong], {}, 'loss/missing');
  const values = builder.op('Mul', [surprise, modulation(builder, missing, gamma)], {}, 'loss/values');
  if (weights === undefined) return values;
  const [no, yes] = weights as readonly [number, number];
  const slope = builder.op('Mul', [target, builder.scalar(yes - no)], {}, 'loss/weight_slope');
  return builder.op('Mul', [values, builder.op('Add', [slope, builder.scalar(no)])], {}, 'loss/weighted');
}

/** The logit of what is true: x for yes, -x for no. */
export function signed(builder: GraphBuilder, output: string, target: string): string {
  const sign = builder.op('Sub', [builder.op('Mul', [target, builder.scalar(2)]), builder.scalar(1)]);
  return builder.op('Mul', [sign, output], {}, 'loss/signed');
}

/** (1 - p)^γ; the power of an exact zero would have no derivative for γ < 1. */
function modulation(builder: GraphBuilder, missing: string, gamma: number): string {
  const base = builder.op('Add', [builder.op('Relu', [missing]), builder.scalar(1e-12)], {}, 'loss/missing');
  return builder.op('Pow', [base, builder.scalar(gamma)], {}, 'loss/modulation');
}
