import type { Model } from '../onnx/model.ts';
import type { Tensor } from '../onnx/tensor.ts';
import { normal } from '../parameters/distributions.ts';
import { createRandom, type Random } from '../parameters/random.ts';

/** Standard deviation of the noise, as a share of that of each tensor's numbers. */
const SHARE = 0.01;

/**
 * The model with a little noise on its float weights, for strategies that train several: copies of one would stay alike for ever, and
 * weights that somebody trained are no more to be drawn anew.
 */
export function perturbed(model: Model, seed: number): Model {
  const random = createRandom(seed);
  const initializers = new Map(
    [...model.graph.initializers].map(([name, tensor]) => [name, noisy(tensor, random)] as const),
  );
  return { ...model, graph: { ...model.graph, initializers } };
}

function noisy(tensor: Tensor, random: Random): Tensor {
  if (!(tensor.data instanceof Float32Array)) return tensor;
  const { data } = tensor;
  const mean = data.reduce((sum, value) => sum + value, 0) / Math.max(1, data.length);
  const variance = data.reduce((sum, value) => sum + (value - mean) ** 2, 0) / Math.max(1, data.length);
  const scale = SHARE * Math.sqrt(variance);
  return { ...tensor, data: data.map((value) => value + scale * normal(random)) };
}
