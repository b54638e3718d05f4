import type { GanLossJob } from '../job/loss-job.ts';
import { discriminatorLoss, generatorLoss } from '../nn/gan/losses.ts';
import { IMAGE, JUDGEMENT, LATENT } from '../nn/gan/networks.ts';
import { FRECHET } from '../nn/metrics/frechet.ts';
import { SUM } from '../nn/metrics/metrics.ts';
import { FEATURES } from '../nn/specs.ts';
import type { GraphBuilder } from '../onnx/builder.ts';
import type { Model } from '../onnx/model.ts';
import { featuresOf } from './features.ts';
import { finish } from './finish.ts';
import { GanGraph } from './gan-graph.ts';
import { DENOMINATOR, LOSS, type Program } from './program.ts';
import { keepValue } from './rewrite-dropout.ts';
import { meanNoise } from './rewrite-noise.ts';

const OUTSIDE = { Dropout: keepValue, RandomNormalLike: meanNoise };

/**
 * The program that measures a GAN on rows: both losses, with running statistics and without the gradient penalty, and, where
 * there is a judge, first and second moments of its features of the rows and of as many generated examples.
 */
export function ganEvaluationProgram(model: Model, loss: GanLossJob): Program {
  const graph = new GanGraph(model);
  const { builder } = graph;
  const latent = graph.latent();
  const fake = graph.generated(latent.value, OUTSIDE);
  const real = graph.real();
  const realScore = graph.score('real/', real, OUTSIDE);
  const fakeScore = graph.score('fake/', fake, OUTSIDE);
  builder.output(generatorLoss(builder, fakeScore, loss), LOSS);
  builder.output(discriminatorLoss(builder, realScore, fakeScore, loss), SUM.discriminatorLoss);
  builder.output(graph.examples);
  builder.output(graph.examples, DENOMINATOR);
  const sums = [LOSS, DENOMINATOR, graph.examples, SUM.discriminatorLoss];
  const extras: { name: string; dims: readonly number[] }[] = [];
  if (model.graph.outputs.some(({ name }) => name === JUDGEMENT)) {
    const raw = graph.part('raw/', { [LATENT]: latent.value }, IMAGE, OUTSIDE);
    const features = { real: judged(graph, 'real', FEATURES), fake: judged(graph, 'fake', raw) };
    const size = builder.typeOf(features.real).dims[1] as number;
    const count = builder.op('Mul', [graph.examples, builder.scalar(size)], {}, FRECHET.judged);
    sums.push(builder.output(count));
    for (const [kind, value] of Object.entries(features)) {
      extras.push(...moments(builder, value, FRECHET[kind as 'real' | 'fake'], size));
    }
  }
  return {
    model: finish(builder.build({ name: `${model.graph.name}_evaluation` })),
    differentiate: [],
    features: featuresOf(model),
    noise: [latent.input],
    sums,
    extras,
    statistics: [],
    predictions: [],
  };
}

function judged(graph: GanGraph, kind: string, images: string): string {
  return graph.part(`judged_${kind}/`, { [FEATURES]: images }, JUDGEMENT);
}

/** Σ f [n] and Σ f fᵀ [n, n] over the batch. */
function moments(
  builder: GraphBuilder,
  features: string,
  { sum, products }: { readonly sum: string; readonly products: string },
  size: number,
): { name: string; dims: readonly number[] }[] {
  builder.output(builder.op('ReduceSum', [features, builder.ints([0])], { keepdims: 0 }, sum));
  builder.output(builder.op('Gemm', [features, features], { transA: 1 }, products));
  return [
    { name: sum, dims: [size] },
    { name: products, dims: [size, size] },
  ];
}
