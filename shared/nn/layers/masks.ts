import { float32 } from '../../onnx/tensor.ts';
import type { LayerContext } from './layer.ts';
import { notPadding } from './select.ts';

/**
 * What is added to a score that must not count. Not -∞: shaders may take numbers to be finite, and e^-30000 is 0 all the
 * same, in float16 too.
 */
const HIDDEN = -30_000;

/**
 * [time, time], 0 on and below the diagonal. Compared from two ranges, which ONNX Runtime folds to one constant when a
 * session starts, so that a file does not carry time² numbers.
 */
export function causalMask({ builder }: LayerContext, time: number): string {
  const name = `causal_mask_${time}`;
  if (builder.has(name)) return name;
  const range = Float32Array.from({ length: time }, (_, index) => index);
  const columns = builder.constant(float32([1, time], range), 'columns');
  const rows = builder.constant(float32([time, 1], range), 'rows');
  const past = builder.op('LessOrEqual', [columns, rows], {}, `past_${time}`);
  return builder.op('Where', [past, builder.scalar(0), builder.scalar(HIDDEN)], {}, name);
}

/** [batch, 1, 1, time], 0 where a token is not padding. */
export function paddingMask(context: LayerContext, padding: number): string {
  const { builder } = context;
  const name = `padding_mask_${padding}`;
  if (builder.has(name)) return name;
  const real = notPadding(context, padding);
  const mask = builder.op('Where', [real, builder.scalar(0), builder.scalar(HIDDEN)], {}, `${name}_rows`);
  return builder.op('Unsqueeze', [mask, builder.ints([1, 2])], {}, name);
}
