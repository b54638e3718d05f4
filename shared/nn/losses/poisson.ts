import { LOSS } from '../specs.ts';
import { type LossRow, total } from './loss.ts';

/** PyTorch's PoissonNLLLoss of a logarithmic rate x, without Stirling's term: Σ eˣ - y x over the number of values. */
export const poisson: LossRow<'poisson'> = {
  targets: ['number'],
  asItIs: 'it is a count, which is never below 0',
  description: 'Counts: negative log-likelihood of a Poisson distribution with rate eˣ.',
  build(builder, { output, target, examples }) {
    const rate = builder.op('Exp', [output], {}, 'loss/rate');
    const seen = builder.op('Mul', [target, output], {}, 'loss/seen');
    const values = builder.op('Sub', [rate, seen], {}, 'loss/values');
    return { sum: total(builder, values, LOSS), denominator: examples };
  },
};
