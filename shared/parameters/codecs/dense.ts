import { bytesOfBf16 } from '../codec-kernels.ts';
import type { Vector } from '../memory.ts';
import type { BlockCodec } from './blockwise.ts';
import { bytesOf } from './staged.ts';
import type { DenseCodec } from './update-codec.ts';

/** An encoding of each number for itself. */
export interface DenseRow extends BlockCodec {
  decode(x: Vector, source: Vector): void;
}

const f32: DenseRow = {
  range: "float32's range",
  block: 1,
  bytes: (count) => 4 * count,
  encode(target, x) {
    bytesOf(target).set(bytesOf(x));
    return 0;
  },
  add: (acc, weight, source) => acc.memory.kernels.axpy(acc, weight, source.slice(0, acc.length)),
  isFinite: (source, count) => source.memory.kernels.isFinite(source.slice(0, count)),
  decode: (x, source) => x.memory.kernels.copy(x, source.slice(0, x.length)),
};

/** IEEE 754 binary16: eleven bits, up to 65504. */
const f16: DenseRow = {
  range: "float16's range (±65504)",
  block: 1,
  bytes: (count) => 2 * count,
  encode: (target, x) => x.memory.kernels.encodeF16(target, x),
  add: (acc, weight, source) => acc.memory.kernels.axpyF16(acc, weight, source),
  isFinite: (source, count) => source.memory.kernels.isFiniteF16(source, count),
  decode: (x, source) => x.memory.kernels.decodeF16(x, source),
};

/** The upper half of float32: its range with eight bits. */
const bf16: DenseRow = {
  range: "bfloat16's range (±3.39e38)",
  block: 1,
  bytes: bytesOfBf16,
  encode: (target, x) => x.memory.kernels.codecs.encodeBf16(target, x),
  add: (acc, weight, source) => acc.memory.kernels.codecs.axpyBf16(acc, weight, source),
  isFinite: (source, count) => source.memory.kernels.codecs.isFiniteBf16(source, count),
  decode: (x, source) => x.memory.kernels.codecs.decodeBf16(x, source),
};

export const DENSE: Readonly<Record<DenseCodec, DenseRow>> = { f32, f16, bf16 };

export function isDense(codec: string): codec is DenseCodec {
  return Object.hasOwn(DENSE, codec);
}
