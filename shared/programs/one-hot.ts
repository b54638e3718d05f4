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
  const numbers = asInt32(builder, indices, `${name}_numbers`);
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

/**
 * [rows] class numbers as int32, and 1 for each that counts, 0 for one that is ignored or does not exist; such a one is class 0
 * in `labels`, so that it may be looked up.
 */
export function knownLabels(
  builder: GraphBuilder,
  indices: string,
  classes: number,
  ignore?: number,
): { readonly labels: string; readonly counts: string } {
  const given = asInt32(builder, indices, 'given_labels');
  const number = (value: number) =>
    builder.constant({ type: 'int32', dims: [], data: Int32Array.of(value) }, 'label');
  const inside = builder.op(
    'And',
    [
      builder.op('Greater', [given, number(-1)], {}, 'not_negative'),
      builder.op('Less', [given, number(classes)], {}, 'not_beyond'),
    ],
    {},
    'is_class',
  );
  const counted =
    ignore === undefined
      ? inside
      : builder.op('And', [
          inside,
          builder.op('Not', [builder.op('Equal', [given, number(ignore)], {}, 'is_ignored')]),
        ]);
  return {
    labels: builder.op('Where', [counted, given, number(0)], {}, 'labels'),
    counts: builder.op('Cast', [counted], { to: 'float32' }, 'label_counts'),
  };
}

function asInt32(builder: GraphBuilder, value: string, name: string): string {
  return builder.typeOf(value).type === 'int32' ? value : builder.op('Cast', [value], { to: 'int32' }, name);
}
