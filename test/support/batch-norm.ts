import { GraphBuilder } from '../../shared/onnx/builder.ts';
import type { Model } from '../../shared/onnx/model.ts';
import { float32 } from '../../shared/onnx/tensor.ts';

/** x [n, 2] through one batch normalisation, with its scale, bias, mean and variance. */
export function batchNormModel(): Model {
  const builder = new GraphBuilder();
  builder.input('x', 'float32', ['n', 2]);
  const vector = (name: string, value: number) => builder.initializer(name, float32([2], [value, value + 1]));
  const inputs = ['x', vector('scale', 1), vector('bias', 0), vector('mean', 0), vector('variance', 1)];
  builder.node('BatchNormalization', inputs, {}, { name: 'norm', outputs: ['y'] });
  builder.output('y');
  return builder.build();
}
