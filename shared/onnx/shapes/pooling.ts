import { add, multiply } from '../dims.ts';
import type { Dim, ValueType } from '../model.ts';
import { requireAtLeast } from './common.ts';
import { type InferenceContext, int, ints, operator, required, string } from './operator.ts';
import { windowOf, windowOutputs } from './windows.ts';

const POOL = {
  auto_pad: string('NOTSET'),
  ceil_mode: int(0),
  dilations: ints(),
  kernel_shape: required(ints()),
  pads: ints(),
  strides: ints(),
};

function pooled(c: InferenceContext): readonly Dim[] {
  const x = requireAtLeast(c, 0, 3);
  const kernel = c.ints('kernel_shape') ?? [];
  if (kernel.length !== x.length - 2) {
    c.fail(`kernel_shape has ${kernel.length} numbers; the input has ${x.length - 2} spatial axes`);
  }
  return [...x.slice(0, 2), ...windowOutputs(c, x.slice(2), windowOf(c, kernel), c.int('ceil_mode') === 1)];
}

const pool = (c: InferenceContext): ValueType[] => [{ type: c.type(0), dims: pooled(c) }];

function maxPool(c: InferenceContext): ValueType[] {
  const dims = pooled(c);
  return [
    { type: c.type(0), dims },
    { type: 'int64', dims },
  ];
}

function maxUnpool(c: InferenceContext): ValueType[] {
  const x = requireAtLeast(c, 0, 3);
  const known = c.known(2)?.values;
  if (known) return [{ type: c.type(0), dims: known }];
  if (c.has(2)) return [{ type: c.type(0), dims: x.map((_, axis) => c.unknown(axis)) }];
  const kernel = c.ints('kernel_shape') ?? [];
  const strides = c.ints('strides');
  const pads = c.ints('pads');
  const spatial = x.slice(2).map((size, axis) => {
    const padding = (pads?.[axis] ?? 0) + (pads?.[axis + kernel.length] ?? 0);
    return add(multiply(add(size, -1), strides?.[axis] ?? 1), (kernel[axis] as number) - padding);
  });
  return [{ type: c.type(0), dims: [...x.slice(0, 2), ...spatial] }];
}

function globalPool(c: InferenceContext): ValueType[] {
  const x = requireAtLeast(c, 0, 3);
  return [{ type: c.type(0), dims: x.map((dim, axis) => (axis < 2 ? dim : 1)) }];
}

export const POOLING = [
  operator('MaxPool', 1, maxPool, { outputs: [1, 2], attributes: { ...POOL, storage_order: int(0) } }),
  operator('AveragePool', 1, pool, { attributes: { ...POOL, count_include_pad: int(0) } }),
  operator('LpPool', 1, pool, { attributes: { ...POOL, p: int(2) } }),
  operator('MaxUnpool', [2, 3], maxUnpool, {
    attributes: { kernel_shape: required(ints()), pads: ints(), strides: ints() },
  }),
  operator('GlobalAveragePool', 1, globalPool),
  operator('GlobalMaxPool', 1, globalPool),
  operator('GlobalLpPool', 1, globalPool, { attributes: { p: int(2) } }),
];
