import type { GraphBuilder } from '../../onnx/builder.ts';

/** clip(x / 6 + 1/2, 0, 1), in operators that run on WebGPU: HardSigmoid does not. */
export function hardSigmoidOf(builder: GraphBuilder, value: string, name: string): string {
  const sixth = builder.op('Mul', [value, builder.scalar(1 / 6)], {}, `${name}/sixth`);
  const shifted = builder.op('Add', [sixth, builder.scalar(0.5)], {}, `${name}/shifted`);
  return builder.op('Clip', [shifted, builder.scalar(0), builder.scalar(1)], {}, name);
}
