import type { ModelJob } from '../job/job.ts';
import { GraphBuilder } from '../onnx/builder.ts';
import type { Model } from '../onnx/model.ts';
import { exampleDims, LayerStack } from './layers/stack.ts';
import { ModelBuildError, type ModelPath } from './model-build-error.ts';
import { modelRegistry } from './models/registry.ts';
import { normalizeFeatures } from './normalize.ts';

/** One example's raw features, and what the model does to them first. */
export interface FeatureSpec {
  /** Without the batch dimension. */
  readonly shape: readonly number[];
  readonly normalize:
    | { readonly kind: 'none' }
    | { readonly kind: 'divide'; readonly by: number }
    /** Per feature, row-major over `shape`; a deviation of 0 counts as 1. */
    | {
        readonly kind: 'standardize';
        readonly mean: readonly number[];
        readonly deviation: readonly number[];
      };
}

/** What is predicted: one of `classes`, a number, or yes (the second of `classes`) and no. */
export type TargetSpec =
  | { readonly kind: 'class'; readonly classes: readonly string[] }
  | { readonly kind: 'number' }
  | { readonly kind: 'binary'; readonly classes: readonly [string, string] };

export const FEATURES = 'features';

/** Numbers that the model makes for one example: a logit per class, one logit, or one number. */
export function outputsFor(target: TargetSpec): number {
  return target.kind === 'class' ? target.classes.length : 1;
}

/** `logits` for classes, `prediction` for numbers. */
export function outputNameFor(target: TargetSpec): 'logits' | 'prediction' {
  return target.kind === 'number' ? 'prediction' : 'logits';
}

/**
 * The inference graph that a job describes: input `features` [batch, …shape] float32, raw; output `logits`
 * [batch, classes] (binary: [batch, 1]) or `prediction` [batch, 1]. Initializers are the parameters, with
 * their initial values.
 *
 * @throws ModelBuildError when layers do not fit each other, the features or the target.
 */
export function buildModel(job: ModelJob, features: FeatureSpec, target: TargetSpec, seed: number): Model {
  if (job.kind === 'onnx') {
    throw new ModelBuildError({
      path: ['onnx'],
      type: 'onnx',
      needs: `read ${job.path} and give its bytes to modelFromOnnx`,
    });
  }
  const { layers, path } = layersOf(job, features, target);
  const builder = new GraphBuilder();
  const input = builder.input(FEATURES, 'float32', ['batch', ...features.shape]);
  const normalized = normalizeFeatures(builder, input, features);
  const output = new LayerStack(builder, seed).append(layers, normalized, path);
  checkOutput(builder, output, target, layers, path);
  builder.output(output, outputNameFor(target));
  return builder.build({ name: job.kind === 'named' ? job.name : 'model' });
}

function layersOf(
  job: Exclude<ModelJob, { kind: 'onnx' }>,
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
  return { layers: row.layers(job.options, features.shape, outputsFor(target)), path: [job.name] };
}

/** The last layer has to make what the target needs, as raw numbers. */
function checkOutput(
  builder: GraphBuilder,
  output: string,
  target: TargetSpec,
  layers: readonly unknown[],
  path: ModelPath,
): void {
  const last = layers.at(-1);
  const type = typeof last === 'string' ? last : ((last as { type?: string } | undefined)?.type ?? 'layers');
  const place = { path: [...path, Math.max(0, layers.length - 1)], type };
  const incoming = builder.typeOf(output).dims;
  const wanted = outputsFor(target);
  const dims = exampleDims(incoming);
  if (dims.length !== 1 || dims[0] !== wanted) {
    const what = target.kind === 'class' ? `${wanted} classes` : `one value (target type ${target.kind})`;
    throw new ModelBuildError({
      ...place,
      incoming,
      needs: `as the model's output, but the target needs [batch, ${wanted}] for ${what}: end with \`- dense: ${wanted}\``,
    });
  }
  if (target.kind !== 'number' && (type === 'softmax' || type === 'sigmoid')) {
    throw new ModelBuildError({
      ...place,
      needs: `a classifier ends in logits, the loss and the export add the ${type}: remove this layer`,
    });
  }
}
