import { type Engine, gradientName } from '../../../engines/engine.ts';
import { float32, sizeOf } from '../../../shared/onnx/tensor.ts';
import { allFeedsOf, modelOf, type Spec, wantedOf } from '../autodiff/spec.ts';

/** The loss of an operator under test, and its gradients by an engine's own differentiation, in float32. */
export async function valuesBy(engine: Engine, spec: Spec): Promise<ReadonlyMap<string, Float32Array>> {
  const withRespectTo = wantedOf(spec);
  const feeds = allFeedsOf(spec);
  const empty = (dims: readonly number[]) => float32(dims, new Float32Array(sizeOf(dims)));
  const results = [
    ['loss', empty([])] as const,
    ...withRespectTo.map((name) => [gradientName(name), empty(feeds[name]!.dims)] as const),
  ];
  const executable = await engine.compile({ model: modelOf(spec), gradients: { of: 'loss', withRespectTo } });
  try {
    await executable.run(feeds, Object.fromEntries(results));
  } finally {
    await executable.release();
  }
  return new Map(results.map(([name, { data }]) => [name, data as Float32Array]));
}

/** ‖a − b‖₂ over what is allowed, 1e-4 ‖b‖₂ and a floor of 1e-6 per element: they agree up to 1. */
export function disagreement(a: Float32Array, b: Float32Array): number {
  const allowed = 1e-4 * Math.hypot(...b) + 1e-6 * Math.sqrt(b.length);
  return Math.hypot(...a.map((value, index) => value - b[index]!)) / allowed;
}
