import { type ExpandContext, type ExpandRow, expansion } from '../../onnx/expand/context.ts';

/** ONNX Runtime puts the channels last around these. */
const CONVOLUTIONS = new Set(['Conv', 'ConvTranspose']);
/** And moves its Transposes through whatever is computed from them, up to these. */
const ENDS = new Set(['Reshape', 'MatMul', 'Gemm', 'Gather', 'Shape', 'Constant']);

/**
 * Where a Where chooses from what a convolution made, by truth values that have nothing to do with a convolution, ONNX Runtime
 * 1.30 puts their channels last too; and WebGPU's provider transposes numbers only, so that they go to the CPU and come back in
 * the middle of a step. A Reshape to the same shape is as far as Transposes are moved. So is the gradient of an activation between
 * a Dense layer and a convolution, as in the generator of a DCGAN.
 */
export const LAYOUT: ExpandRow = expansion('Where', '', 'Reshape of what comes from a convolution', (c) => {
  const images = [1, 2].filter((index) => c.rank(index) > 2);
  if (c.rank(0) === 0 || images.length === 0 || isOfConvolution(c, 0)) return undefined;
  const moved = images.filter((index) => isOfConvolution(c, index));
  if (moved.length === 0) return undefined;
  return [
    c.e.op(
      'Where',
      c.inputs.map((input, index) => (moved.includes(index) ? asItIs(c, index) : input)),
    ),
  ];
});

function asItIs(c: ExpandContext, index: number): string {
  const same = c.dims(index).map(() => 0);
  return c.e.reshape(c.input(index), same);
}

function isOfConvolution(c: ExpandContext, index: number): boolean {
  const seen = new Set([c.input(index)]);
  // Values that are found on the way are gone through in turn.
  for (const value of seen) {
    const node = c.builder.producer(value);
    if (node === undefined || ENDS.has(node.op)) continue;
    if (CONVOLUTIONS.has(node.op)) return true;
    for (const input of node.inputs) seen.add(input);
  }
  return false;
}
