import { LOSS } from '../specs.ts';
import { type LossRow, total } from './loss.ts';

/**
 * PyTorch's HuberLoss (Huber 1964) over the number of values: d²/2 where |d| ≤ δ, else δ (|d| - δ/2). Written as q (|d| - q/2)
 * with q = min(|d|, δ), which is both: no branch that could overflow unseen.
 */
export const huber: LossRow<'huber'> = {
  targets: ['number'],
  description: 'Squared error near zero, absolute error beyond delta: less moved by outliers.',
  build(builder, { output, target, examples }, { delta }) {
    const error = builder.op('Sub', [output, target], {}, 'loss/error');
    const absolute = builder.op('Abs', [error], {}, 'loss/absolute');
    const quadratic = builder.op('Min', [absolute, builder.scalar(delta)], {}, 'loss/quadratic');
    const half = builder.op('Mul', [quadratic, builder.scalar(0.5)], {}, 'loss/half');
    const rest = builder.op('Sub', [absolute, half], {}, 'loss/rest');
    const values = builder.op('Mul', [quadratic, rest], {}, 'loss/values');
    return { sum: total(builder, values, LOSS), denominator: examples };
  },
};
