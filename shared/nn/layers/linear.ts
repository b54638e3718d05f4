import { biasInitializer, type Initializer } from '../initializers/initializers.ts';
import type { LayerContext } from './layer.ts';

export interface LinearOptions {
  readonly units: number;
  readonly bias: boolean;
  readonly initializer: Initializer;
  /** Before the names of weights and nodes: `qkv.` makes `attention1.qkv.weight`. */
  readonly prefix?: string;
}

/** [batch, …, features] as rows [batch * …, features]: what Gemm takes. A value that is rows already stays. */
export function toRows({ builder }: LayerContext, value: string): string {
  const { dims } = builder.typeOf(value);
  if (dims.length === 2) return value;
  return builder.op('Reshape', [value, builder.ints([-1, Number(dims.at(-1))])]);
}

/** Rows [batch * …, features] as [batch, …dims, features] again. */
export function fromRows(
  context: LayerContext,
  rows: string,
  dims: readonly number[],
  hint?: string,
): string {
  const { builder } = context;
  if (dims.length === 0) return rows;
  const features = Number(builder.typeOf(rows).dims[1]);
  return builder.op('Reshape', [rows, builder.ints([-1, ...dims, features])], {}, hint);
}

/** rows Wᵀ + b, one Gemm, with W [units, features] as PyTorch's Linear keeps it. */
export function linearRows(
  context: LayerContext,
  rows: string,
  options: LinearOptions,
  hint?: string,
): string {
  const { builder, name, parameter } = context;
  const { units, bias, initializer, prefix = '' } = options;
  const features = Number(builder.typeOf(rows).dims[1]);
  const fans = { fanIn: features, fanOut: units };
  const inputs = [rows, parameter(`${prefix}weight`, [units, features], { initializer, ...fans })];
  if (bias) {
    inputs.push(parameter(`${prefix}bias`, [units], { initializer: biasInitializer(initializer), ...fans }));
  }
  return builder.op('Gemm', inputs, { transB: 1 }, hint ?? `${name}/${prefix}rows`);
}

/**
 * The same along the last axis of a value of any rank. Rows and Gemm rather than MatMul: the bias is in the same node, and
 * the gradients are one Gemm each.
 */
export function linear(context: LayerContext, value: string, options: LinearOptions, hint?: string): string {
  const dims = context.dimsOf(value);
  if (dims.length === 1) return linearRows(context, value, options, hint);
  const rows = linearRows(context, toRows(context, value), options);
  return fromRows(context, rows, dims.slice(0, -1), hint);
}

/** [time, features] of one example, or the error that says what came. */
export function sequenceOf(context: LayerContext, type: string): { time: number; features: number } {
  const [time, features, ...others] = context.dims;
  if (time === undefined || features === undefined || others.length > 0) {
    throw context.misfit(
      `${type} needs a sequence [batch, time, features]: for token ids put \`- embedding: { vocabulary: 1000, size: 64 }\` before it, for ` +
        'images `- patches: { size: 4, features: 64 }`, for one value at each time `- reshape: [time, 1]`',
    );
  }
  return { time, features };
}

/** A float32 constant that is made once per graph, whatever number of layers use it. */
export function once(context: LayerContext, name: string, make: () => string): string {
  return context.builder.has(name) ? name : make();
}
