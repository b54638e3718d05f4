import type { LossJob } from '../job/job.ts';
import { latentsOf } from '../nn/losses/variational.ts';
import type { TargetSpec } from '../nn/specs.ts';
import { GraphBuilder } from '../onnx/builder.ts';
import type { Model } from '../onnx/model.ts';
import { layoutOf } from '../parameters/layout-of.ts';
import { copyGraph } from './copy-graph.ts';
import { featuresOf } from './features.ts';
import { finish } from './finish.ts';
import type { Program } from './program.ts';
import { keepValue } from './rewrite-dropout.ts';
import { meanNoise } from './rewrite-noise.ts';
import { appendSums } from './sums.ts';

/**
 * The program that measures a model on a batch: the inference graph with running statistics and without dropout, the loss and
 * all metric sums. They are sums over examples, so parts of a data set add up to the whole exactly.
 *
 * @param metrics those beside the usual ones that are wanted
 * @throws ModelBuildError when the loss is not for the target
 */
export function evaluationProgram(
  model: Model,
  loss: LossJob,
  target: TargetSpec,
  metrics: readonly string[] = [],
): Program {
  const builder = new GraphBuilder();
  const { outputs } = copyGraph(builder, model, layoutOf(model), {
    Dropout: keepValue,
    RandomNormalLike: meanNoise,
  });
  const sums = appendSums(builder, outputs, loss, target, {
    evaluate: true,
    metrics,
    latents: latentsOf(model),
  });
  const program = finish(builder.build({ name: `${model.graph.name}_evaluation` }));
  return {
    model: program,
    differentiate: [],
    features: featuresOf(model),
    noise: [],
    statistics: [],
    predictions: [],
    ...sums,
  };
}
