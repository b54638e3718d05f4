import { LOSS } from '../specs.ts';
import { type LossRow, total } from './loss.ts';

/** Mean absolute error, PyTorch's L1Loss: Σ |x - y| over the number of values. */
export const mae: LossRow<'mae'> = {
  targets: ['number'],
  description: 'Mean absolute error.',
  build(builder, { output, target, examples }) {
    const error = builder.op('Sub', [output, target], {}, 'loss/error');
    const absolute = builder.op('Abs', [error], {}, 'loss/absolute');
    return { sum: total(builder, absolute, LOSS), denominator: examples };
  },
};
