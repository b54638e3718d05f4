import type { InputSpec, Spec } from './spec.ts';

const bytes = (dims: number[], type: 'int8' | 'uint8'): InputSpec => ({
  dims,
  type,
  values: Array.from({ length: dims.reduce((a, b) => a * b, 1) }, (_, k) =>
    type === 'int8' ? ((k * 37) % 256) - 128 : (k * 37) % 256,
  ),
});
const zero = (dims: number[], type: 'int8' | 'uint8', value: number): InputSpec => ({
  dims,
  type,
  values: new Array<number>(dims.reduce((a, b) => a * b, 1)).fill(value),
});
const scale = (dims: number[]): InputSpec => ({ dims, range: [0.02, 0.1] });

export const quantisationSpecs: readonly Spec[] = [
  { op: 'DequantizeLinear', inputs: [bytes([2, 6], 'int8'), scale([])], check: 'float32' },
  {
    op: 'DequantizeLinear',
    about: 'zero point',
    inputs: [bytes([2, 6], 'uint8'), scale([]), zero([], 'uint8', 131)],
    check: 'float32',
  },
  ...[0, 1, -1].map(
    (axis): Spec => ({
      op: 'DequantizeLinear',
      about: `axis ${axis}`,
      attributes: { axis },
      inputs: [
        bytes([2, 3, 4], 'int8'),
        scale([[2], [3], [4]].at(axis) as number[]),
        zero([[2], [3], [4]].at(axis) as number[], 'int8', -7),
      ],
      check: 'float32',
    }),
  ),
  { op: 'QuantizeLinear', inputs: [{ dims: [2, 6], range: [-9, 9] }, scale([])], check: 'rounded' },
  {
    op: 'QuantizeLinear',
    about: 'axis 1, zero point',
    inputs: [{ dims: [2, 3, 4], range: [-9, 9] }, scale([3]), zero([3], 'int8', -7)],
    check: 'rounded',
  },
  { op: 'DynamicQuantizeLinear', outputs: 3, inputs: [{ dims: [2, 6], range: [-3, 5] }], check: 'rounded' },
];
