import type { ModelJob, NetworkJob } from '../job/job.ts';
import { GraphBuilder } from '../onnx/builder.ts';
import type { Model } from '../onnx/model.ts';
import { sizeOf } from '../onnx/tensor.ts';
import { modelFromOnnx } from './from-onnx.ts';
import { buildGan } from './gan/build.ts';
import type { Judge } from './gan/judge.ts';
import { exampleDims, LayerStack } from './layers/stack.ts';
import { ModelBuildError, type ModelPath } from './model-build-error.ts';
import { modelRegistry } from './models/registry.ts';
import { normalizeFeatures } from './normalize.ts';
import {
  FEATURES,
  type FeatureSpec,
  outputDimsFor,
  outputNameFor,
  outputsFor,
  type TargetSpec,
} from './specs.ts';

export type { FeatureSpec, TargetSpec } from './specs.ts';

/**
 * The inference graph that a job describes: input `features` [batch, …shape], float32 and raw, or int32 token ids; output
 * `logits` [batch, …positions, classes] (binary: [batch, 1]) or `prediction` ([batch, 1], or one example's values).
 * Initializers are the parameters, with their initial values.
 *
 * @param options.onnx bytes of the file that a job of kind `onnx` names
 * @param options.judge of a GAN, which has a graph of another form (gan/networks.ts)
 * @throws ModelBuildError when layers do not fit each other, the features or the target.
 */
export function buildModel(
  job: ModelJob,
  features: FeatureSpec,
  target: TargetSpec,
  seed: number,
  options: { readonly onnx?: Uint8Array; readonly judge?: Judge } = {},
): Model {
  if (job.kind === 'gan') return buildGan(job, features, seed, options.judge);
  if (job.kind === 'onnx') {
    if (options.onnx) return modelFromOnnx(options.onnx, features, target, job, seed);
    throw new ModelBuildError({
      path: ['onnx'],
      type: 'onnx',
      needs: `the bytes of ${job.path} were not given`,
    });
  }
  const { layers, path } = layersOf(job, features, target);
  const builder = new GraphBuilder();
  const input = builder.input(FEATURES, features.type ?? 'float32', ['batch', ...features.shape]);
  const normalized = normalizeFeatures(builder, input, features);
  const output = new LayerStack(builder, seed).append(layers, normalized, path, outputNameFor(target));
  checkOutput(builder, output, features, target, layers, path);
  builder.output(output, outputNameFor(target));
  return builder.build({ name: job.kind === 'named' ? job.name : 'model' });
}

function layersOf(
  job: NetworkJob,
  features: FeatureSpec,
  target: TargetSpec,
): { layers: readonly unknown[]; path: ModelPath } {
  if (job.kind === 'layers') return { layers: job.layers, path: ['layers'] };
  const row = modelRegistry[job.name];
  if (row === undefined) {
    const known = Object.keys(modelRegistry).join(', ');
    throw new ModelBuildError({
      path: [],
      type: job.name,
      needs: `there is no such model; there are ${known}`,
    });
  }
  return {
    layers: row.layers(job.options, features.shape, outputsFor(target, features), { features, target }),
    path: [job.name],
  };
}

/** The last layer has to make what the target needs, as raw numbers. */
function checkOutput(
  builder: GraphBuilder,
  output: string,
  features: FeatureSpec,
  target: TargetSpec,
  layers: readonly unknown[],
  path: ModelPath,
): void {
  const last = layers.at(-1);
  const type = typeof last === 'string' ? last : ((last as { type?: string } | undefined)?.type ?? 'layers');
  const place = { path: [...path, Math.max(0, layers.length - 1)], type };
  const incoming = builder.typeOf(output).dims;
  const wanted = outputDimsFor(target, features);
  const dims = exampleDims(incoming);
  if (dims.length !== wanted.length || dims.some((dim, axis) => dim !== wanted[axis])) {
    const shape = ['batch', ...wanted].join(', ');
    throw new ModelBuildError({
      ...place,
      incoming,
      needs: `as the model's output, but the target needs [${shape}] for ${meaning(target, wanted)}: end with ${ending(target, wanted)}`,
    });
  }
  if (outputNameFor(target) === 'logits' && (type === 'softmax' || type === 'sigmoid')) {
    throw new ModelBuildError({
      ...place,
      needs: `a classifier ends in logits, the loss and the export add the ${type}: remove this layer`,
    });
  }
}

function meaning(target: TargetSpec, wanted: readonly number[]): string {
  if (target.kind === 'none') return 'the features themselves (target none)';
  const count = wanted.at(-1)!;
  if (target.kind === 'class')
    return wanted.length > 1 ? `${count} classes at every position` : `${count} classes`;
  return wanted.length === 1 && count === 1
    ? `one value (target type ${target.kind})`
    : `${sizeOf(wanted)} values (target type ${target.kind})`;
}

function ending(target: TargetSpec, wanted: readonly number[]): string {
  if (wanted.length === 1 || target.kind === 'class') return `\`- dense: ${wanted.at(-1)}\``;
  return `\`- dense: ${sizeOf(wanted)}\` and \`- reshape: [${wanted.join(', ')}]\``;
}
