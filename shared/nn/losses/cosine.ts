import { LOSS } from '../specs.ts';
import { type LossRow, total } from './loss.ts';
import { rowDots, unitRows, vectorRows } from './rows.ts';

/** PyTorch's CosineEmbeddingLoss of pairs that belong together: 1 - cos of the angle, over the number of rows. */
export const cosine: LossRow<'cosine'> = {
  targets: ['number'],
  asItIs: 'a vector that is scaled by column points elsewhere',
  description: 'The prediction has to point where the target vector does.',
  build(builder, inputs) {
    const { output, target, rows } = vectorRows(builder, inputs, 'cosine');
    const cosines = rowDots(
      builder,
      unitRows(builder, output, 'loss/output_unit'),
      unitRows(builder, target, 'loss/target_unit'),
      'loss/cosine',
    );
    const values = builder.op('Sub', [builder.scalar(1), cosines], {}, 'loss/values');
    return { sum: total(builder, values, LOSS), denominator: rows };
  },
};
