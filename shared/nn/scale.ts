import type { GraphBuilder } from '../onnx/builder.ts';
import { float32 } from '../onnx/tensor.ts';
import type { Scale, SingleTarget } from './specs.ts';

/** Names of the values that scaling adds to a graph. */
export interface ScaleNames {
  /** What the constants are of: `<of>_mean`, `<of>_deviation`. */
  readonly of: string;
  readonly result: string;
}

/** @param shape of one example, which means and deviations lie over; without the batch */
export function scaled(
  builder: GraphBuilder,
  value: string,
  scale: Scale,
  shape: readonly number[],
  { of, result }: ScaleNames,
): string {
  if (scale.kind === 'divide') return builder.op('Div', [value, builder.scalar(scale.by)], {}, result);
  const mean = builder.constant(float32(shape, scale.mean), `${of}_mean`);
  const centred = builder.op('Sub', [value, mean], {}, 'centred');
  const deviation = builder.constant(float32(shape, spreadOf(scale.deviation)), `${of}_deviation`);
  return builder.op('Div', [centred, deviation], {}, result);
}

/** The way back: numbers in the form that `scaled` makes, in the units that they came in. */
export function unscaled(
  builder: GraphBuilder,
  value: string,
  scale: Scale,
  shape: readonly number[],
  { of, result }: ScaleNames,
): string {
  if (scale.kind === 'divide') return builder.op('Mul', [value, builder.scalar(scale.by)], {}, result);
  const deviation = builder.constant(float32(shape, spreadOf(scale.deviation)), `${of}_deviation`);
  const mean = builder.constant(float32(shape, scale.mean), `${of}_mean`);
  return builder.op('Add', [builder.op('Mul', [value, deviation], {}, 'spread'), mean], {}, result);
}

/** What is constant has no spread to divide by; it stays at zero. */
function spreadOf(deviation: readonly number[]): number[] {
  return deviation.map((value) => (value > 0 ? value : 1));
}

/** How a target's numbers are scaled; undefined where they are compared as they are. */
export function targetScale(target: SingleTarget): Scale | undefined {
  return target.kind === 'number' ? target.normalize : undefined;
}

/**
 * The end of a model of our own layers: they make numbers in the target's scaled form, and the graph's output is in the units of the
 * table, so that what is exported needs nothing beside it.
 *
 * @returns `value` itself where the target is not scaled
 */
export function inTableUnits(
  builder: GraphBuilder,
  value: string,
  target: SingleTarget,
  result: string,
): string {
  const scale = targetScale(target);
  if (!scale) return value;
  return unscaled(builder, value, scale, dimsOf(target), { of: 'target', result });
}

/** What a loss sees of a prediction or a target, [batch, …dims] in the units of the table. */
export function asLearned(
  builder: GraphBuilder,
  value: string,
  target: SingleTarget,
  result: string,
): string {
  const scale = targetScale(target);
  return scale ? scaled(builder, value, scale, dimsOf(target), { of: 'target', result }) : value;
}

function dimsOf(target: SingleTarget): readonly number[] {
  return target.kind === 'number' ? (target.dims ?? [1]) : [];
}
