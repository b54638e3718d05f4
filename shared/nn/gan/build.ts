import type { GanModelJob, NetworkJob } from '../../job/job.ts';
import { GraphBuilder } from '../../onnx/builder.ts';
import type { Model } from '../../onnx/model.ts';
import { layoutOf } from '../../parameters/layout-of.ts';
import { exampleDims, LayerStack } from '../layers/stack.ts';
import { ModelBuildError } from '../model-build-error.ts';
import type { ModelData } from '../models/model-row.ts';
import { modelRegistry } from '../models/registry.ts';
import { denormalizeFeatures, normalizeFeatures } from '../normalize.ts';
import { FEATURES, type FeatureSpec } from '../specs.ts';
import { appendJudge, type Judge } from './judge.ts';
import { GENERATED, IMAGE, JUDGEMENT, LATENT, PHASES, type Phase, partOf, SCORE } from './networks.ts';

/**
 * The graph of a generative adversarial network, as `networks.ts` describes it, with initial weights: those of the generator
 * first, named `generator.…`, then those of the discriminator.
 *
 * @param judge a classifier of the same features, for the Fréchet distance
 * @throws ModelBuildError when a network does not fit the data
 */
export function buildGan(job: GanModelJob, features: FeatureSpec, seed: number, judge?: Judge): Model {
  if (features.type === 'int32') {
    throw new ModelBuildError({
      section: 'data',
      path: ['features'],
      type: 'gan',
      needs: 'the features are token ids, which a generator cannot make: take numbers',
    });
  }
  const builder = new GraphBuilder();
  const input = builder.input(FEATURES, 'float32', ['batch', ...features.shape]);
  const latent = builder.input(LATENT, 'float32', ['batch', job.latent]);
  const network = (phase: Phase, from: string, name: string, data: ModelData, wanted: readonly number[]) => {
    const path = ['gan', phase];
    const output = new LayerStack(builder, seed, `${phase}.`).append(
      layersOf(job[phase], data, wanted),
      from,
      path,
      name,
    );
    const incoming = builder.typeOf(output).dims;
    if (exampleDims(incoming).join() !== wanted.join()) {
      const needs = `as the ${phase}'s output, which has to be [batch, ${wanted.join(', ')}]`;
      throw new ModelBuildError({ path, type: phase, incoming, needs });
    }
    return output;
  };
  const raw = { kind: 'none' } as const;
  const noise = { shape: [job.latent], normalize: raw };
  const made = network(
    'generator',
    latent,
    GENERATED,
    { features: noise, target: { kind: 'number', dims: features.shape } },
    features.shape,
  );
  builder.output(denormalizeFeatures(builder, made, features), IMAGE);
  const seen = normalizeFeatures(builder, input, features);
  const data = { features, target: { kind: 'number' } } as const;
  builder.output(network('discriminator', seen, SCORE, data, [1]));
  if (judge) builder.output(appendJudge(builder, input, judge), JUDGEMENT);
  const model = builder.build({ name: 'gan' });
  checkWeights(model);
  return model;
}

function layersOf(job: NetworkJob, data: ModelData, wanted: readonly number[]): readonly unknown[] {
  if (job.kind === 'layers') return job.layers;
  const outputs = wanted.reduce((product, dim) => product * dim, 1);
  return modelRegistry[job.name]!.layers(job.options, data.features.shape, outputs, data);
}

/** Both networks have something to learn. */
function checkWeights(model: Model): void {
  const layout = layoutOf(model);
  for (const phase of PHASES) {
    if (partOf(layout, phase).end > partOf(layout, phase).start) continue;
    const needs = `the ${phase} has no weights: give it a layer that has some, such as \`- dense: 64\``;
    throw new ModelBuildError({ path: ['gan', phase], type: phase, needs });
  }
}
