import type { GanLossJob } from '../job/loss-job.ts';
import { discriminatorLoss, generatorLoss, gradientPenalty } from '../nn/gan/losses.ts';
import { belongsTo, type Phase } from '../nn/gan/networks.ts';
import { SUM } from '../nn/metrics/metrics.ts';
import { ModelBuildError } from '../nn/model-build-error.ts';
import type { GraphBuilder } from '../onnx/builder.ts';
import type { Model } from '../onnx/model.ts';
import { layoutOf } from '../parameters/layout-of.ts';
import type { Rewrite } from './copy-graph.ts';
import { featuresOf } from './features.ts';
import { finish } from './finish.ts';
import { GanGraph } from './gan-graph.ts';
import { DENOMINATOR, LOSS, type MeasuredStatistic, type NoiseInput, type Program } from './program.ts';
import { trainBatchNorm } from './rewrite-batch-norm.ts';
import { trainDropout } from './rewrite-dropout.ts';
import { trainNoise } from './rewrite-noise.ts';

/**
 * The program of a step of one of two networks. Both take a batch of rows; a generated example belongs to each row, its
 * latent drawn by the row, so that one member and many draw the same. Differentiated are the phase's own weights.
 *
 * `discriminator`: the sum `discriminator_loss` over real and generated examples. Its batch normalisation normalises real and
 * generated batches apart (Radford et al. 2016), and reports the statistics of both together. `generator`: the sum `loss`.
 *
 * @throws ModelBuildError for a gradient penalty over batch normalisation
 */
export function ganTrainingProgram(model: Model, loss: GanLossJob, phase: Phase): Program {
  const graph = new GanGraph(model);
  const { builder } = graph;
  const noise: NoiseInput[] = [];
  const measured: MeasuredStatistic[] = [];
  const latent = graph.latent();
  noise.push(latent.input);
  const training = (statistics: MeasuredStatistic[]) => trainingRewrites(graph, noise, statistics);
  const isGenerator = phase === 'generator';
  const fake = graph.generated(latent.value, training(isGenerator ? measured : []));
  const sums: string[] = [];
  if (isGenerator) {
    builder.output(generatorLoss(builder, graph.score('fake/', fake, training([])), loss), LOSS);
    sums.push(LOSS);
  } else {
    const real = graph.real();
    const both = [[], []] as [MeasuredStatistic[], MeasuredStatistic[]];
    const realScore = graph.score('real/', real, training(both[0]));
    const fakeScore = graph.score('fake/', fake, training(both[1]));
    const plain = discriminatorLoss(builder, realScore, fakeScore, loss);
    const penalty = loss.gradientPenalty > 0 ? penalise(graph, real, fake, noise, loss) : undefined;
    builder.output(penalty ? builder.op('Add', [plain, penalty], {}, 'loss/penalised') : plain, LOSS);
    builder.output(LOSS, SUM.discriminatorLoss);
    measured.push(...both[0].map((one, index) => mixed(builder, one, both[1][index]!)));
    sums.push(SUM.discriminatorLoss);
  }
  builder.output(graph.examples);
  builder.output(graph.examples, DENOMINATOR);
  for (const { meanOutput, secondMomentOutput } of measured) {
    builder.output(meanOutput);
    builder.output(secondMomentOutput);
  }
  const own = layoutOf(model).entries.filter(({ name }) => belongsTo(name, phase));
  return {
    model: finish(builder.build({ name: `${model.graph.name}_${phase}` })),
    differentiate: own.filter(({ section }) => section === 'trainable').map(({ name }) => name),
    features: featuresOf(model),
    noise,
    sums: [...sums, DENOMINATOR, graph.examples],
    extras: [],
    statistics: measured,
    predictions: [],
  };
}

function trainingRewrites(
  graph: GanGraph,
  noise: NoiseInput[],
  statistics: MeasuredStatistic[],
): Readonly<Record<string, Rewrite>> {
  return {
    BatchNormalization: (builder, node) => statistics.push(trainBatchNorm(builder, node)),
    Dropout: (builder, node) => {
      const input = trainDropout(builder, node, graph.place());
      if (input) noise.push(input);
    },
    RandomNormalLike: (builder, node) => noise.push(trainNoise(builder, node, graph.place())),
  };
}

/** The gradient penalty, at a point between each real example and its generated one that noise chooses. */
function penalise(
  graph: GanGraph,
  real: string,
  fake: string,
  noise: NoiseInput[],
  loss: GanLossJob,
): string {
  const { builder } = graph;
  const dims = builder.typeOf(real).dims.slice(1);
  const place = graph.place();
  const ones = dims.map(() => 1);
  const share = builder.input(`noise${place}`, 'float32', ['batch', ...ones]);
  noise.push({ name: share, dims: ones, place });
  const step = builder.op('Mul', [share, builder.op('Sub', [real, fake])], {}, 'penalty/step');
  const between = builder.op('Add', [fake, step], {}, 'penalty/between');
  const scores = graph.score('between/', between, {
    ...trainingRewrites(graph, noise, []),
    BatchNormalization: () => {
      throw new ModelBuildError({
        path: ['gan', 'discriminator'],
        type: 'discriminator',
        needs:
          'a gradient penalty looks at each example by itself, and batch normalisation mixes them: set ' +
          '`batch-norm: false`, or normalise with `layer-norm`, or set loss.gan.gradient-penalty to 0',
      });
    },
  });
  return gradientPenalty(builder, between, scores, loss.gradientPenalty);
}

/** Moments of two batches of the same size, taken together. */
function mixed(builder: GraphBuilder, one: MeasuredStatistic, other: MeasuredStatistic): MeasuredStatistic {
  const half = (left: string, right: string) =>
    builder.op('Mul', [builder.op('Add', [left, right]), builder.scalar(0.5)], {}, `both/${left}`);
  return {
    ...one,
    meanOutput: half(one.meanOutput, other.meanOutput),
    secondMomentOutput: half(one.secondMomentOutput, other.secondMomentOutput),
  };
}
