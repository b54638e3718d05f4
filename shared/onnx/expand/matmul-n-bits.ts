import { float32, type Tensor } from '../tensor.ts';
import { type ExpandContext, type ExpandRow, expansion } from './context.ts';

/** Numbers of a few bits packed into bytes, the first in the lowest bits, each row padded to whole bytes. */
function unpack(bytes: Tensor['data'], bits: number, row: number, index: number, rowBytes: number): number {
  const byte = Number(bytes[row * rowBytes + Math.floor((index * bits) / 8)]);
  return (byte >> ((index * bits) % 8)) & (2 ** bits - 1);
}

/**
 * x times a matrix [K, N] that is stored by blocks of K in few bits. It stays frozen: its float values are a Constant,
 * on which adapters can be trained (QLoRA, Dettmers et al. 2023, arXiv:2305.14314).
 */
function expandMatMulNBits(c: ExpandContext): readonly string[] {
  const [K, N, block] = [c.number('K', 0), c.number('N', 0), c.number('block_size', 0)];
  const bits = c.number('bits', 4);
  const [packed, scales, zeros] = [c.constant(1), c.constant(2), c.has(3) ? c.constant(3) : undefined];
  if (packed === undefined || scales === undefined || (c.has(3) && zeros === undefined)) {
    c.fail('its weight, scales and zero points must be stored in the model');
  }
  if (![2, 4, 8].includes(bits)) c.fail(`${bits} bits are not covered: 2, 4 and 8 are`);
  if (c.has(4)) c.fail('reordered groups (g_idx) are not covered: quantise without act_order');
  if (scales.type !== 'float32') c.fail(`its scales are ${scales.type}: float32 is covered`);
  const blocks = Math.ceil(K / block);
  const zeroBytes = Math.ceil((blocks * bits) / 8);
  const zeroOf = (n: number, b: number): number => {
    if (zeros === undefined) return 2 ** (bits - 1);
    return zeros.type === 'uint8'
      ? unpack(zeros.data, bits, n, b, zeroBytes)
      : Number(zeros.data[n * blocks + b]);
  };
  const matrix = new Float32Array(K * N);
  for (let n = 0; n < N; n++) {
    for (let b = 0; b < blocks; b++) {
      const [scale, zero] = [Number(scales.data[n * blocks + b]), zeroOf(n, b)];
      for (let k = b * block; k < Math.min(K, (b + 1) * block); k++) {
        const value = unpack(packed.data, bits, n * blocks + b, k - b * block, (block * bits) / 8);
        matrix[k * N + n] = (value - zero) * scale;
      }
    }
  }
  const product = c.e.op('MatMul', [
    c.input(0),
    c.builder.constant(float32([K, N], matrix), `${c.node.name}/weight`),
  ]);
  return [c.has(5) ? c.e.add(product, c.input(5)) : product];
}

export const MATMUL_N_BITS: readonly ExpandRow[] = [
  expansion(
    'MatMulNBits',
    'com.microsoft',
    'MatMul by a Constant, frozen: 2, 4 and 8 bits, with and without zero points; no g_idx',
    expandMatMulNBits,
  ),
];
