import { LOSS } from '../specs.ts';
import { type LossRow, total } from './loss.ts';
import { vectorRows } from './rows.ts';
import { logSoftmax } from './stable.ts';

/**
 * PyTorch's KLDivLoss of log softmax with `batchmean`: Σ t (log t - log q) over the number of rows. Targets are rows of
 * probabilities; 0 log 0 is 0.
 */
export const klDivergence: LossRow<'kl-divergence'> = {
  targets: ['number'],
  asItIs: 'it is a row of probabilities, which add up to 1',
  description: 'Divergence of softmax from rows of probabilities (soft labels, distillation).',
  build(builder, inputs) {
    const { output, target, rows } = vectorRows(builder, inputs, 'kl-divergence');
    const logs = logSoftmax(builder, output, 'loss/log_probabilities');
    const floor = builder.op('Max', [target, builder.scalar(1e-37)], {}, 'loss/target_floor');
    const gap = builder.op('Sub', [builder.op('Log', [floor]), logs], {}, 'loss/gap');
    return { sum: total(builder, builder.op('Mul', [target, gap]), LOSS), denominator: rows };
  },
};
