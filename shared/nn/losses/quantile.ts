import { LOSS } from '../specs.ts';
import { type LossRow, total } from './loss.ts';

/** Pinball loss (Koenker and Bassett, 1978): q·(y - x) where the prediction is too low, (1 - q)·(x - y) where it is too high. */
export const quantile: LossRow<'quantile'> = {
  targets: ['number'],
  description: 'The prediction is a quantile, not the mean.',
  build(builder, { output, target, examples }, { quantile: share }) {
    const low = builder.op('Relu', [builder.op('Sub', [target, output])], {}, 'loss/low');
    const high = builder.op('Relu', [builder.op('Sub', [output, target])], {}, 'loss/high');
    const values = builder.op(
      'Add',
      [builder.op('Mul', [low, builder.scalar(share)]), builder.op('Mul', [high, builder.scalar(1 - share)])],
      {},
      'loss/values',
    );
    return { sum: total(builder, values, LOSS), denominator: examples };
  },
};
