import { expect, test } from 'vitest';
import { gradientModel } from '../../../shared/autodiff/gradient-model.ts';
import { type Attributes, GraphBuilder } from '../../../shared/onnx/builder.ts';
import { numbersOf, runOnce } from './run.ts';
import { tensorOf } from './spec.ts';

interface Kink {
  readonly about: string;
  readonly op: string;
  readonly dims: readonly number[];
  readonly x: readonly number[];
  readonly attributes?: Attributes;
  /** A second input of int64. */
  readonly axes?: readonly number[];
  /** d(sum of y)/dx, by what the rule's note says for places without a derivative. */
  readonly gradient: readonly number[];
}

const KINKS: readonly Kink[] = [
  {
    about: 'ties share',
    op: 'ReduceMax',
    dims: [1, 4],
    x: [3, 1, 3, 2],
    axes: [1],
    gradient: [0.5, 0, 0.5, 0],
  },
  {
    about: 'ties share',
    op: 'ReduceMin',
    dims: [1, 3],
    x: [1, 1, 1],
    axes: [1],
    gradient: [1 / 3, 1 / 3, 1 / 3],
  },
  { about: 'zero', op: 'ReduceL1', dims: [1, 3], x: [0, -2, 3], axes: [1], gradient: [0, -1, 1] },
  { about: 'of nothing but zeros', op: 'ReduceL2', dims: [1, 2], x: [0, 0], axes: [1], gradient: [0, 0] },
  { about: 'two zeros', op: 'ReduceProd', dims: [1, 3], x: [0, 5, 0], axes: [1], gradient: [0, 0, 0] },
  { about: 'one zero', op: 'ReduceProd', dims: [1, 3], x: [2, 5, 0], axes: [1], gradient: [0, 0, 10] },
  { about: 'zero', op: 'Abs', dims: [3], x: [0, -1, 2], gradient: [0, -1, 1] },
  { about: 'zero', op: 'Relu', dims: [3], x: [0, -1, 2], gradient: [0, 0, 1] },
  { about: 'a row of zeros', op: 'LpNormalization', dims: [1, 2], x: [0, 0], gradient: [0, 0] },
  {
    about: 'a row of zeros, p 1',
    op: 'LpNormalization',
    dims: [1, 2],
    x: [0, 0],
    attributes: { p: 1 },
    gradient: [0, 0],
  },
  { about: 'of nothing but zeros', op: 'GlobalLpPool', dims: [1, 1, 2], x: [0, 0], gradient: [0, 0] },
  {
    about: 'a window of zeros',
    op: 'LpPool',
    dims: [1, 1, 4],
    x: [0, 0, 3, 4],
    attributes: { kernel_shape: [2], strides: [2] },
    gradient: [0, 0, 0.6, 0.8],
  },
  {
    about: 'ties go to the first',
    op: 'MaxPool',
    dims: [1, 1, 4],
    x: [2, 2, 1, 1],
    attributes: { kernel_shape: [2], strides: [2] },
    gradient: [1, 0, 1, 0],
  },
  {
    about: 'ties go to the first in row-major order, also on the diagonal',
    op: 'MaxPool',
    dims: [1, 1, 4, 4],
    // By window: the second and the third; all four; the last alone; the first and the third.
    x: [-3, 5, 0, 0, 5, -3, 0, 0, -9, -8, 7, 1, -7, -6.5, 7, 2],
    attributes: { kernel_shape: [2, 2], strides: [2, 2] },
    gradient: [0, 1, 1, 0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 1, 0, 0],
  },
  {
    about: 'infinities, as masks have them, leave the others alone',
    op: 'MaxPool',
    dims: [1, 1, 2, 6],
    x: [
      ...[Number.NEGATIVE_INFINITY, 1, 2, 3, Number.NEGATIVE_INFINITY, Number.NEGATIVE_INFINITY],
      ...[4, 5, Number.POSITIVE_INFINITY, 7, Number.NEGATIVE_INFINITY, Number.NEGATIVE_INFINITY],
    ],
    attributes: { kernel_shape: [2, 2], strides: [2, 2] },
    gradient: [0, 0, 0, 0, 1, 0, 0, 1, 1, 0, 0, 0],
  },
  { about: 'ties share', op: 'GlobalMaxPool', dims: [1, 1, 3], x: [2, 1, 2], gradient: [0.5, 0, 0.5] },
  {
    about: 'all equal',
    op: 'MeanVarianceNormalization',
    dims: [1, 2],
    x: [3, 3],
    attributes: { axes: [1] },
    gradient: [0, 0],
  },
];

const cases = KINKS.flatMap((kink) =>
  (['cpu', 'webgpu'] as const).map((target) => [kink.op, kink.about, target, kink] as const),
);

test.each(cases)('%s: %s (%s form)', async (op, _, target, { dims, x, attributes, axes, gradient }) => {
  const builder = new GraphBuilder();
  const input = builder.input('x', 'float32', dims);
  const y = builder.op(op, axes ? [input, builder.ints(axes)] : [input], attributes);
  const all = builder.ints(builder.typeOf(y).dims.map((_, axis) => axis));
  builder.output(builder.op('ReduceSum', [y, all], { keepdims: 0 }), 'loss');
  const model = gradientModel(builder.build(), 'loss', ['x'], target);
  const results = await runOnce(model, { x: tensorOf('float32', dims, x) });
  numbersOf(results['x_grad']).forEach((value, k) => {
    expect(value).toBeCloseTo(gradient[k] as number, 5);
  });
});
