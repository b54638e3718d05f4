import type { LossJob } from '../job/job.ts';
import { latentsOf } from '../nn/losses/variational.ts';
import type { TargetSpec } from '../nn/specs.ts';
import { GraphBuilder } from '../onnx/builder.ts';
import type { Model } from '../onnx/model.ts';
import { layoutOf } from '../parameters/layout-of.ts';
import { copyGraph, copyNode } from './copy-graph.ts';
import { featuresOf } from './features.ts';
import { finish } from './finish.ts';
import type { MeasuredStatistic, NoiseInput, Program } from './program.ts';
import { trainBatchNorm } from './rewrite-batch-norm.ts';
import { trainDropout } from './rewrite-dropout.ts';
import { trainNoise } from './rewrite-noise.ts';
import { appendSums } from './sums.ts';

/**
 * The program of a training step: forward graph, loss and metric sums, without the gradients, which an engine derives in
 * its own way from `loss` and `differentiate`. Batch normalisation measures the batch and reports it, dropout
 * and RandomNormalLike take their noise as an input.
 *
 * @param model an inference graph as `buildModel` makes it
 * @throws ModelBuildError when the loss is not for the target
 */
export function trainingProgram(model: Model, loss: LossJob, target: TargetSpec): Program {
  const layout = layoutOf(model);
  const builder = new GraphBuilder();
  const noise: NoiseInput[] = [];
  const statistics: MeasuredStatistic[] = [];
  const buffers = new Set(
    layout.entries.filter(({ section }) => section === 'buffers').map(({ name }) => name),
  );
  let place = 0;
  const { outputs } = copyGraph(builder, model, layout, {
    BatchNormalization: (_, node) => {
      // Frozen statistics are constants of the graph: the node keeps to them, as it does outside of training.
      if (buffers.has(node.inputs[3] ?? '')) statistics.push(trainBatchNorm(builder, node));
      else copyNode(builder, node);
    },
    Dropout: (_, node) => {
      const input = trainDropout(builder, node, place++);
      if (input) noise.push(input);
    },
    RandomNormalLike: (_, node) => noise.push(trainNoise(builder, node, place++)),
  });
  const sums = appendSums(builder, outputs, loss, target, { evaluate: false, latents: latentsOf(model) });
  for (const { meanOutput, secondMomentOutput } of statistics) {
    builder.output(meanOutput);
    builder.output(secondMomentOutput);
  }
  const program = finish(builder.build({ name: `${model.graph.name}_training` }));
  return {
    model: program,
    differentiate: layout.entries.filter(({ section }) => section === 'trainable').map(({ name }) => name),
    features: featuresOf(model),
    noise,
    statistics,
    predictions: [],
    ...sums,
  };
}
