import { exampleDims } from '../nn/layers/stack.ts';
import type { TargetSpec } from '../nn/specs.ts';
import { GraphBuilder } from '../onnx/builder.ts';
import type { Model } from '../onnx/model.ts';
import { layoutOf } from '../parameters/layout-of.ts';
import { copyGraph } from './copy-graph.ts';
import { featuresOf } from './features.ts';
import { finish } from './finish.ts';
import { publishOutputs } from './probabilities.ts';
import type { Program } from './program.ts';
import { keepValue } from './rewrite-dropout.ts';
import { meanNoise } from './rewrite-noise.ts';

/** The program that predicts with any weights: `logits` and `probabilities`, or `prediction`, or several outputs of their own names; no target, no loss. */
export function predictionProgram(model: Model, target: TargetSpec): Program {
  const builder = new GraphBuilder();
  copyGraph(builder, model, layoutOf(model), {
    Dropout: keepValue,
    RandomNormalLike: meanNoise,
  });
  publishOutputs(builder, model, target);
  const program = finish(builder.build({ name: `${model.graph.name}_prediction` }));
  return {
    model: program,
    differentiate: [],
    features: featuresOf(model),
    noise: [],
    sums: [],
    extras: [],
    statistics: [],
    predictions: program.graph.outputs.map(({ name, type, dims }) => ({
      name,
      type,
      dims: exampleDims(dims),
    })),
  };
}
