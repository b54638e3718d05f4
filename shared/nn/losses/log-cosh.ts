import { LOSS } from '../specs.ts';
import { type LossRow, total } from './loss.ts';
import { softplus } from './stable.ts';

/** log cosh d as d + softplus(-2d) - log 2, which does not overflow; its derivative is tanh d. Over the number of values. */
export const logCosh: LossRow<'log-cosh'> = {
  targets: ['number'],
  description: 'Squared error near zero, absolute error far away, smooth.',
  build(builder, { output, target, examples }) {
    const error = builder.op('Sub', [output, target], {}, 'loss/error');
    const soft = softplus(builder, builder.op('Mul', [error, builder.scalar(-2)]), 'loss/softplus');
    const shifted = builder.op('Sub', [soft, builder.scalar(Math.LN2)], {}, 'loss/shifted');
    return { sum: total(builder, builder.op('Add', [error, shifted]), LOSS), denominator: examples };
  },
};
