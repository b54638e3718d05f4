import type { LossJob, ModelJob, NetworkJob } from '../job/job.ts';
import { GraphBuilder } from '../onnx/builder.ts';
import type { ModelFile } from '../onnx/external-data.ts';
import type { Model } from '../onnx/model.ts';
import { checkOutput, lastLayer } from './check-output.ts';
import { endWhereRowsDo } from './ends.ts';
import { modelFromOnnx } from './from-onnx.ts';
import { buildGan } from './gan/build.ts';
import type { Judge } from './gan/judge.ts';
import { LayerStack } from './layers/stack.ts';
import { ModelBuildError, type ModelPath } from './model-build-error.ts';
import { modelRegistry } from './models/registry.ts';
import { normalizeFeatures } from './normalize.ts';
import { featureInput } from './row-lengths.ts';
import { inTableUnits, targetScale } from './scale.ts';
import { allOutputs, labelledOutputs, splitOutput } from './several-outputs.ts';
import { type FeatureSpec, outputNameFor, outputsFor, type TargetSpec } from './specs.ts';

export type { FeatureSpec, TargetSpec } from './specs.ts';

export interface ModelOptions {
  readonly onnx?: Uint8Array | ModelFile;
  readonly judge?: Judge;
  readonly loss?: LossJob;
}

/**
 * The inference graph that a job describes: input `features` [batch, …shape], float32 and raw, or int32 token ids; output
 * `logits` [batch, …positions, classes] (binary: [batch, 1]) or `prediction` ([batch, 1], or one example's values); of several
 * targets an output of each one's name, in the same shapes.
 * Initializers are the parameters, with their initial values.
 *
 * @param options.onnx the file, or its bytes, that a job of kind `onnx` names
 * @param options.judge of a GAN, which has a graph of another form (gan/networks.ts)
 * @param options.loss where rows say how long they are: its blank stands behind their ends
 * @throws ModelBuildError when layers do not fit each other, the features or the target.
 */
export function buildModel(
  job: ModelJob,
  features: FeatureSpec,
  target: TargetSpec,
  seed: number,
  options: ModelOptions = {},
): Model {
  if (job.kind === 'gan') return buildGan(job, features, seed, options.judge);
  if (job.kind === 'onnx') {
    if (features.lengths) throw withoutLengths(job.path);
    if (options.onnx) return modelFromOnnx(options.onnx, features, target, job, seed);
    throw new ModelBuildError({
      path: ['onnx'],
      type: 'onnx',
      needs: `the bytes of ${job.path} were not given`,
    });
  }
  const { layers, path } = layersOf(job, features, target);
  const builder = new GraphBuilder();
  const seen = featureInput(builder, features);
  const normalized = normalizeFeatures(builder, seen.features, features);
  const name = job.kind === 'named' ? job.name : 'model';
  const stack = new LayerStack(builder, seed, '', seen);
  if (target.kind === 'several') {
    builder.reserve(target.outputs.map((output) => output.name));
    const last = stack.append(layers, normalized, path);
    if (job.kind === 'named') splitOutput(builder, last, features, target, { path, type: name });
    else labelledOutputs(builder, stack, last, features, target, { path, layers, seen, loss: options.loss });
    return builder.build({ name });
  }
  const place = lastLayer(layers, path);
  const called = outputNameFor(target);
  const isLast = !targetScale(target) && !seen.lengths;
  const made = stack.append(layers, normalized, path, isLast ? called : undefined);
  checkOutput(builder, made, features, target, place);
  const ended = endWhereRowsDo(builder, made, target, { ...place, seen, loss: options.loss });
  builder.output(inTableUnits(builder, ended, target, called), called);
  return builder.build({ name });
}

function withoutLengths(path: string): ModelBuildError {
  return new ModelBuildError({
    path: ['onnx'],
    type: 'onnx',
    needs: `${path} takes no lengths of rows (data.features.lengths): pad rows by a number that no feature has, and end a head with blank-padding`,
  });
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
