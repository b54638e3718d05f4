import type { GraphBuilder } from '../builder.ts';
import { sizeOf, type Tensor } from '../tensor.ts';
import type { ExpandContext } from './context.ts';

/** Stored integers that became weights, by builder, so that what two nodes share stays one weight. */
const WEIGHTS = new WeakMap<GraphBuilder, Map<string, string>>();

export interface Quantised {
  readonly x: string;
  readonly scale: string;
  /** '' for none. */
  readonly zero: string;
  readonly axis: number;
  /** Elements of the axis that share a scale; 0 where the scale is a number or belongs to the axis. */
  readonly block?: number;
}

/** Whether data, scale and zero point are all stored in the graph. */
export function isStored(c: ExpandContext, { x, scale, zero }: Quantised): boolean {
  return [x, scale, zero].every((value) => value === '' || c.builder.isConstant(value) !== undefined);
}

/**
 * (x - zero point) scale: stored integers become a float weight that can be trained, anything else a DequantizeLinear.
 */
export function dequantized(c: ExpandContext, from: Quantised): string {
  if (!isStored(c, from)) {
    const inputs = from.zero === '' ? [from.x, from.scale] : [from.x, from.scale, from.zero];
    return c.e.op('DequantizeLinear', inputs, { axis: from.axis });
  }
  return weight(c, from);
}

/** The float weight of stored integers, as an initializer. */
export function weight(c: ExpandContext, from: Quantised): string {
  const known = WEIGHTS.get(c.builder) ?? new Map<string, string>();
  WEIGHTS.set(c.builder, known);
  const key = JSON.stringify([from.x, from.scale, from.zero, from.axis, from.block ?? 0]);
  const existing = known.get(key);
  if (existing !== undefined) return existing;
  const [x, scale, zero] = [from.x, from.scale, from.zero].map((value) =>
    value === '' ? undefined : c.builder.isConstant(value),
  );
  const tensor = numbers(x as Tensor, scale as Tensor, zero, from);
  const name = c.builder.initializer(c.builder.unique(`${from.x}_dequantized`), tensor);
  known.set(key, name);
  return name;
}

function numbers(x: Tensor, scale: Tensor, zero: Tensor | undefined, { axis, block = 0 }: Quantised): Tensor {
  const at = axis < 0 ? axis + x.dims.length : axis;
  const inner = sizeOf(x.dims.slice(at + 1));
  const along = x.dims[at] ?? 1;
  const blocks = block > 0 ? Math.ceil(along / block) : 0;
  const isOne = scale.data.length === 1;
  const place = (k: number): number => {
    if (isOne) return 0;
    const index = Math.floor(k / inner) % along;
    if (blocks === 0) return index;
    return (Math.floor(k / (inner * along)) * blocks + Math.floor(index / block)) * inner + (k % inner);
  };
  const type = scale.type === 'float64' ? 'float64' : 'float32';
  const data = type === 'float64' ? new Float64Array(x.data.length) : new Float32Array(x.data.length);
  for (let k = 0; k < data.length; k++) {
    const p = place(k);
    data[k] = (Number(x.data[k]) - Number(zero?.data[p] ?? 0)) * Number(scale.data[p]);
  }
  return { type, dims: x.dims, data };
}
