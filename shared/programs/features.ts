import { exampleDims } from '../nn/layers/stack.ts';
import type { Model } from '../onnx/model.ts';
import type { Program } from './program.ts';

/** The model's one input, with the shape of one example. */
export function featuresOf(model: Model): Program['features'] {
  const input = model.graph.inputs[0]!;
  return { name: input.name, type: input.type, dims: exampleDims(input.dims) };
}
