import { DOMAIN, philox4x32, philoxKey } from '../../../../../shared/parameters/philox.ts';

/** The encodings in plain JavaScript, number by number: what the kernels must equal bit for bit. */

const BLOCK = 256;
const f = Math.fround;

function blocks(values: readonly number[]): number[][] {
  const count = Math.ceil(values.length / BLOCK);
  return Array.from({ length: count }, (_, i) => values.slice(i * BLOCK, (i + 1) * BLOCK));
}

function floatBytes(value: number): number[] {
  return [...new Uint8Array(new Float32Array([value]).buffer)];
}

export function int8Bytes(values: readonly number[], seed: number, part: number): number[] {
  const key = philoxKey(seed, DOMAIN.codec);
  const words = new Uint32Array(4);
  return blocks(values).flatMap((block, number) => {
    const most = block.reduce((max, value) => Math.max(max, Math.abs(value)), 0);
    const small = most < f(1e-30);
    const inverse = small ? 0 : f(127 / most);
    const codes = block.map((value, at) => {
      const i = number * BLOCK + at;
      philox4x32(words, key, [4 * Math.floor(i / 32) + (i & 3), part, 0, 0]);
      const word = words[(i >> 3) & 3]!;
      const half = (i >> 2) & 1 ? word >>> 16 : word & 0xffff;
      const u = f((half + 0.5) / 65536);
      const code = Math.floor(f(f(value * inverse) + u));
      return Math.max(-127, Math.min(127, code)) & 255;
    });
    return [...floatBytes(small ? 0 : f(most / 127)), ...codes];
  });
}

export function voteBytes(values: readonly number[], zeros: number): number[] {
  const bytes = new Array<number>(Math.ceil(values.length / 8)).fill(0);
  values.forEach((value, i) => {
    const negative = value === 0 ? (zeros >>> (i & 31)) & 1 : value < 0 ? 1 : 0;
    bytes[i >> 3]! |= negative << (i & 7);
  });
  return bytes;
}

export function signBytes(values: readonly number[], zeros: number): number[] {
  return blocks(values).flatMap((block) => {
    const lanes = [0, 0, 0, 0];
    block.forEach((value, i) => {
      lanes[i & 3] = f(lanes[i & 3]! + Math.abs(value));
    });
    const sum = f(f(lanes[0]! + lanes[1]!) + f(lanes[2]! + lanes[3]!));
    return [...floatBytes(f(sum / block.length)), ...voteBytes(block, zeros)];
  });
}

/** Nearest bfloat16 of a number that is not NaN, ties to even. */
export function bf16Of(value: number): number {
  const bits = new Uint32Array(new Float32Array([value]).buffer)[0]!;
  const below = bits >>> 16;
  const rest = bits & 0xffff;
  return rest > 0x8000 || (rest === 0x8000 && below & 1) ? below + 1 : below;
}

export function topPositions(values: readonly number[], k: number): number[] {
  return values
    .map((value, i) => ({ magnitude: Math.abs(value), i }))
    .sort((a, b) => b.magnitude - a.magnitude || a.i - b.i)
    .slice(0, k)
    .map(({ i }) => i)
    .sort((a, b) => a - b);
}
