import { float32, sizeOf, type Tensor } from '../../../../shared/onnx/tensor.ts';

/** Weights and data from a formula: the twin of test/data/models/formula.py, element for element. */
export function noise(name: string, count: number): Float64Array {
  const start = fnv(name);
  const values = new Float64Array(count);
  for (let index = 0; index < count; index++) {
    let x = (Math.imul(index, 0x9e3779b1) + start) | 0;
    x ^= x >>> 16;
    x = Math.imul(x, 0x85ebca6b);
    x ^= x >>> 13;
    x = Math.imul(x, 0xc2b2ae35);
    x ^= x >>> 16;
    values[index] = (x >>> 8) / 2 ** 23 - 1;
  }
  return values;
}

export function weight(name: string, dims: readonly number[]): Tensor {
  const values = noise(name, sizeOf(dims));
  return float32(dims, Float32Array.from(values, scaleOf(name, dims)));
}

function scaleOf(name: string, dims: readonly number[]): (value: number) => number {
  if (name.endsWith('running_var')) return (value) => 1 + 0.25 * value;
  if (dims.length <= 1) {
    const centre = name.endsWith('weight') ? 1 : 0;
    return (value) => 0.125 * value + centre;
  }
  if (/embed|wte|wpe/.test(name)) return (value) => 0.5 * value;
  const fanIn = /c_attn|c_proj|c_fc/.test(name) ? dims[0]! : sizeOf(dims.slice(1));
  const scale = 2 ** roundHalfEven(Math.log2(Math.sqrt(3 / fanIn)));
  return (value) => value * scale;
}

function roundHalfEven(value: number): number {
  const rounded = Math.round(value);
  return Math.abs(value % 1) === 0.5 && rounded % 2 !== 0 ? rounded - 1 : rounded;
}

function fnv(text: string): number {
  let value = 0x811c9dc5;
  for (let index = 0; index < text.length; index++) {
    value = Math.imul(value ^ text.charCodeAt(index), 0x01000193);
  }
  return value >>> 0;
}
