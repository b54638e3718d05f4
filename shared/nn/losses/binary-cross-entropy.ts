import { LOSS } from '../specs.ts';
import { type LossRow, total } from './loss.ts';
import { softplus } from './stable.ts';

/**
 * PyTorch's BCEWithLogitsLoss with positive weight p: Σ (1 - y) x + (1 + (p - 1) y) softplus(-x), y in {0, 1}, over
 * the number of examples.
 */
export const binaryCrossEntropy: LossRow<'binary-cross-entropy'> = {
  targets: ['binary'],
  description: 'Sigmoid and negative log-likelihood of yes or no; a weight for the positive class.',
  build(builder, { output, target, examples }, { positiveWeight }) {
    const negative = builder.op('Neg', [output], {}, 'loss/negative');
    const surprise = softplus(builder, negative, 'loss/softplus');
    const one = builder.scalar(1);
    const factor =
      positiveWeight === undefined || positiveWeight === 1
        ? surprise
        : builder.op('Mul', [
            surprise,
            builder.op('Add', [builder.op('Mul', [target, builder.scalar(positiveWeight - 1)]), one]),
          ]);
    const linear = builder.op('Mul', [builder.op('Sub', [one, target]), output], {}, 'loss/linear');
    const values = builder.op('Add', [linear, factor], {}, 'loss/values');
    return { sum: total(builder, values, LOSS), denominator: examples };
  },
};
