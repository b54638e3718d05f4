import { expect, test } from 'vitest';
import { constantTensor } from '../../../shared/onnx/constants.ts';

// Stored from numpy: np.float16(x).view(np.uint16), and the upper half of float32 rounded to even.
test.each([
  [0, 0x0000, 0x0000],
  [-0, 0x8000, 0x8000],
  [1, 0x3c00, 0x3f80],
  [-2, 0xc000, 0xc000],
  [0.1, 0x2e66, 0x3dcd],
  [65504, 0x7bff, 0x4780],
  [65520, 0x7c00, 0x4780],
  [-1e9, 0xfc00, 0xce6e],
  [6e-8, 0x0001, 0x3381],
  [5.9e-5, 0x03de, 0x3877],
  [2 ** -14, 0x0400, 0x3880],
  [0.99976, 0x3c00, 0x3f80],
  [Number.NEGATIVE_INFINITY, 0xfc00, 0xff80],
])('%d as 16 bits', (value, half, brain) => {
  expect(Array.from(constantTensor('float16', [], [value]).data as Uint16Array)).toEqual([half]);
  expect(Array.from(constantTensor('bfloat16', [], [value]).data as Uint16Array)).toEqual([brain]);
});
