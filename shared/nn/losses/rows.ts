import type { GraphBuilder } from '../../onnx/builder.ts';
import { ModelBuildError } from '../model-build-error.ts';
import type { LossInputs } from './loss.ts';

/** Vectors to compare, [rows, size] each, and how many rows there are (a scalar). */
export interface Rows {
  readonly output: string;
  readonly target: string;
  readonly rows: string;
  readonly size: number;
}

/**
 * Predictions and targets of several numbers as rows: [batch, …positions, size] becomes [batch · positions, size].
 *
 * @throws ModelBuildError when the target is one number
 */
export function vectorRows(
  builder: GraphBuilder,
  { output, target, examples }: LossInputs,
  loss: string,
): Rows {
  const { dims } = builder.typeOf(target);
  const size = dims.at(-1);
  if (dims.length < 2 || typeof size !== 'number' || size < 2) {
    throw new ModelBuildError({
      section: 'loss',
      path: [],
      type: loss,
      needs:
        'this loss compares vectors, but the target is one number: name several columns in data.target.columns',
    });
  }
  const flat = (value: string, name: string) =>
    dims.length === 2 ? value : builder.op('Reshape', [value, builder.ints([-1, size])], {}, name);
  return {
    output: flat(output, 'loss/output_rows'),
    target: flat(target, 'loss/target_rows'),
    rows: builder.op('Mul', [examples, builder.scalar(1 / size)], {}, 'loss/rows'),
    size,
  };
}

/** The dot products of rows with rows of the same number, [rows, 1]. */
export function rowDots(builder: GraphBuilder, left: string, right: string, hint: string): string {
  const products = builder.op('Mul', [left, right], {}, `${hint}/products`);
  return builder.op('ReduceSum', [products, builder.ints([1])], { keepdims: 1 }, hint);
}

/** Rows of length 1; a row of zeros stays one. */
export function unitRows(builder: GraphBuilder, rows: string, hint: string): string {
  const squares = rowDots(builder, rows, rows, `${hint}/squares`);
  const length = builder.op(
    'Sqrt',
    [builder.op('Add', [squares, builder.scalar(1e-12)])],
    {},
    `${hint}/length`,
  );
  return builder.op('Div', [rows, length], {}, hint);
}
