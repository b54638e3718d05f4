import { LOSS } from '../specs.ts';
import { type LossRow, total } from './loss.ts';

/** Mean squared error, PyTorch's MSELoss: Σ (x - y)² over the number of values. */
export const mse: LossRow<'mse'> = {
  targets: ['number', 'binary'],
  description: 'Mean squared error.',
  build(builder, { output, target, examples }) {
    const error = builder.op('Sub', [output, target], {}, 'loss/error');
    const squares = builder.op('Mul', [error, error], {}, 'loss/squares');
    return { sum: total(builder, squares, LOSS), denominator: examples };
  },
};
