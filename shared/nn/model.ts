import type { ModelJob, NetworkJob } from '../job/job.ts';
import { GraphBuilder } from '../onnx/builder.ts';
import type { ModelFile } from '../onnx/external-data.ts';
import type { Model } from '../onnx/model.ts';
import { checkOutput, lastLayer } from './check-output.ts';
import { modelFromOnnx } from './from-onnx.ts';
import { buildGan } from './gan/build.ts';
import type { Judge } from './gan/judge.ts';
import { LayerStack } from './layers/stack.ts';
import { ModelBuildError, type ModelPath } from './model-build-error.ts';
import { modelRegistry } from './models/registry.ts';
import { normalizeFeatures } from './normalize.ts';
import { inTableUnits, targetScale } from './scale.ts';
import { allOutputs, labelledOutputs, splitOutput } from './several-outputs.ts';
import { FEATURES, type FeatureSpec, outputNameFor, outputsFor, type TargetSpec } from './specs.ts';

export type { FeatureSpec, TargetSpec } from './specs.ts';

/**
 * The inference graph that a job describes: input `features` [batch, …shape], float32 and raw, or int32 token ids; output
 * `logits` [batch, …positions, classes] (binary: [batch, 1]) or `prediction` ([batch, 1], or one example's values); of several
 * targets an output of each one's name, in the same shapes.
 * Initializers are the parameters, with their initial values.
 *
 * @param options.onnx the file, or its bytes, that a job of kind `onnx` names
 * @param options.judge of a GAN, which has a graph of another form (gan/networks.ts)
 * @throws ModelBuildError when layers do not fit each other, the features or the target.
 */
export function buildModel(
  job: ModelJob,
  features: FeatureSpec,
  target: TargetSpec,
  seed: number,
  options: { readonly onnx?: Uint8Array | ModelFile; readonly judge?: Judge } = {},
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
  const name = job.kind === 'named' ? job.name : 'model';
  const stack = new LayerStack(builder, seed);
  if (target.kind === 'several') {
    builder.reserve(target.outputs.map((output) => output.name));
    const last = stack.append(layers, normalized, path);
    if (job.kind === 'named') splitOutput(builder, last, features, target, { path, type: name });
    else labelledOutputs(builder, stack, last, features, target, { path, layers });
    return builder.build({ name });
  }
  const called = outputNameFor(target);
  const output = stack.append(layers, normalized, path, targetScale(target) ? undefined : called);
  checkOutput(builder, output, features, target, lastLayer(layers, path));
  builder.output(inTableUnits(builder, output, target, called), called);
  return builder.build({ name });
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
  // One layer makes the numbers of all outputs: the last, cut up, is a dense layer for each.
  const whole = target.kind === 'several' ? allOutputs(target, features, job.name) : target;
  const outputs = outputsFor(whole, features);
  return {
    layers: row.layers(job.options, features.shape, outputs, { features, target: whole }),
    path: [job.name],
  };
}
