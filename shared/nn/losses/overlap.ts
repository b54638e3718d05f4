import type { GraphBuilder } from '../../onnx/builder.ts';
import { LOSS } from '../specs.ts';
import { type LossInputs, type LossRow, type LossTerms, total } from './loss.ts';
import { logSoftmax } from './stable.ts';

/**
 * Soft Dice (Milletari et al., 3DV 2016): for each example and class 1 - (2 Σ p t + s) / (Σ p + Σ t + s) over the
 * example's positions, mean over classes. By example, not by batch: so it adds over members.
 */
export const dice: LossRow<'dice'> = {
  targets: ['class'],
  description: 'Overlap of the soft and the true mask, by the Dice coefficient.',
  build: (builder, inputs, { smooth }) =>
    overlap(builder, inputs, smooth, (both, either) => ({
      shared: builder.op('Mul', [both, builder.scalar(2)], {}, 'loss/twice'),
      whole: either,
    })),
};

/** Soft intersection over union (Rahman and Wang, ISVC 2016): 1 - (Σ p t + s) / (Σ p + Σ t - Σ p t + s). */
export const iou: LossRow<'iou'> = {
  targets: ['class'],
  description: 'Overlap of the soft and the true mask, by intersection over union.',
  build: (builder, inputs, { smooth }) =>
    overlap(builder, inputs, smooth, (both, either) => ({
      shared: both,
      whole: builder.op('Sub', [either, both], {}, 'loss/union'),
    })),
};

function overlap(
  builder: GraphBuilder,
  { output, target, examples, positions = 1 }: LossInputs,
  smooth: number,
  parts: (both: string, either: string) => { readonly shared: string; readonly whole: string },
): LossTerms {
  const classes = builder.typeOf(output).dims[1] as number;
  const masks = (rows: string, name: string) =>
    builder.op('Reshape', [rows, builder.ints([-1, positions, classes])], {}, name);
  const soft = masks(builder.op('Exp', [logSoftmax(builder, output, 'loss/log_probabilities')]), 'loss/soft');
  const truth = masks(target, 'loss/truth');
  const area = (value: string, name: string) =>
    builder.op('ReduceSum', [value, builder.ints([1])], { keepdims: 0 }, name);
  const both = area(builder.op('Mul', [soft, truth]), 'loss/both');
  const either = area(builder.op('Add', [soft, truth]), 'loss/either');
  const { shared, whole } = parts(both, either);
  const s = builder.scalar(smooth);
  const share = builder.op(
    'Div',
    [builder.op('Add', [shared, s]), builder.op('Add', [whole, s])],
    {},
    'loss/overlap',
  );
  const lost = total(builder, builder.op('Sub', [builder.scalar(1), share]), 'loss/lost');
  return {
    sum: builder.op('Mul', [lost, builder.scalar(1 / classes)], {}, LOSS),
    denominator: builder.op('Mul', [examples, builder.scalar(1 / positions)], {}, 'loss/masks'),
  };
}
