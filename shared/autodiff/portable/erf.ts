import { type ExpandRow, expansion } from '../../onnx/expand/context.ts';

/**
 * WebGPU's provider of ONNX Runtime 1.30 computes Erf as 1 minus a polynomial, in the type of its input: in float16 the least
 * positive number gives 1e-3, and gradients behind a GELU are off by three times what float16 costs.
 */
export const ERF: readonly ExpandRow[] = ['Erf', 'Gelu'].map((op) =>
  expansion(op, '', 'of float16: in float32', (c) => {
    if (c.type(0) !== 'float16') return undefined;
    const { e, node } = c;
    return [e.cast(e.op(op, [e.cast(c.input(0), 'float32')], node.attributes), 'float16')];
  }),
);
