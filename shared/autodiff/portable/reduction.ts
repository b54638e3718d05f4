import { type ExpandRow, expansion } from '../../onnx/expand/context.ts';

/** Reductions over no axis at all, which WebGPU's provider of ONNX Runtime 1.30 takes for the value itself. */
export const PORTABLE_REDUCTION: readonly ExpandRow[] = [
  expansion('ReduceL2', '', 'over no axis: Abs', (c) => {
    const axes = c.constant(1);
    const none = c.number('noop_with_empty_axes', 0) === 1 && (!c.has(1) || axes?.data.length === 0);
    return none ? [c.e.abs(c.input(0))] : undefined;
  }),
];
