import type { GraphBuilder } from '../onnx/builder.ts';

/**
 * [batch] class numbers of any type as float32 rows [batch, classes]. A comparison with a range, because WebGPU has no OneHot;
 * in int32, the integer type that all engines compare.
 *
 * @param ignore a class whose rows are all zeros
 */
export function oneHot(
  builder: GraphBuilder,
  indices: string,
  classes: number,
  name: string,
  ignore?: number,
): string {
  const numbers = builder.op('Cast', [indices], { to: 'int32' }, `${name}_numbers`);
  const column = builder.op('Unsqueeze', [numbers, builder.ints([1])], {}, `${name}_column`);
  const range = Int32Array.from({ length: classes }, (_, index) => (index === ignore ? -1 : index));
  const row = builder.constant({ type: 'int32', dims: [1, classes], data: range }, 'class_range');
  return builder.op(
    'Cast',
    [builder.op('Equal', [column, row], {}, `${name}_equal`)],
    { to: 'float32' },
    name,
  );
}
