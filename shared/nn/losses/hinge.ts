import type { GraphBuilder } from '../../onnx/builder.ts';
import { LOSS } from '../specs.ts';
import { signed } from './focal.ts';
import { type LossRow, total } from './loss.ts';

/**
 * Hinge loss. For classes PyTorch's MultiMarginLoss (Weston and Watkins, 1999): Σ_j≠y max(0, margin - x[y] + x[j])ᵖ / classes;
 * binary max(0, margin - s x)ᵖ with s = ±1 (Cortes and Vapnik, 1995); p is 2 when squared. Over the number of rows.
 */
export const hinge: LossRow<'hinge'> = {
  targets: ['class', 'binary'],
  description: 'The right class has to win by a margin.',
  build(builder, { output, target, examples }, { margin, squared }) {
    const isClass = builder.typeOf(target).dims.length === 2;
    const excess = isClass
      ? ofClasses(builder, output, target, margin)
      : builder.op('Relu', [builder.op('Sub', [builder.scalar(margin), signed(builder, output, target)])]);
    const values = squared ? builder.op('Mul', [excess, excess], {}, 'loss/squared') : excess;
    if (!isClass) return { sum: total(builder, values, LOSS), denominator: examples };
    const classes = builder.typeOf(output).dims[1] as number;
    const sum = total(builder, values, 'loss/total');
    return { sum: builder.op('Mul', [sum, builder.scalar(1 / classes)], {}, LOSS), denominator: examples };
  },
};

/** [rows, classes]; zero for the true class, and in rows that do not count. */
function ofClasses(builder: GraphBuilder, output: string, target: string, margin: number): string {
  const axis = builder.ints([1]);
  const own = builder.op(
    'ReduceSum',
    [builder.op('Mul', [output, target]), axis],
    { keepdims: 1 },
    'loss/own',
  );
  const counts = builder.op('ReduceSum', [target, axis], { keepdims: 1 }, 'loss/row_counts');
  const lead = builder.op('Add', [builder.op('Sub', [output, own]), builder.scalar(margin)], {}, 'loss/lead');
  const others = builder.op('Sub', [counts, target], {}, 'loss/others');
  return builder.op('Mul', [builder.op('Relu', [lead]), others], {}, 'loss/excess');
}
