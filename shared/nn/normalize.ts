import type { GraphBuilder } from '../onnx/builder.ts';
import { float32, sizeOf } from '../onnx/tensor.ts';
import { ModelBuildError } from './model-build-error.ts';
import { type FeatureSpec, NORMALIZED } from './specs.ts';

/**
 * The first nodes of every model: raw features in, normalised ones out. They are part of the graph, with
 * constants, so an exported model takes the same raw numbers that the data holds.
 */
export function normalizeFeatures(builder: GraphBuilder, input: string, features: FeatureSpec): string {
  const { normalize, shape } = features;
  if (normalize.kind === 'none') return input;
  if (features.type === 'int32')
    throw misfit(
      features,
      `normalize: tokens are numbers of words, to which ${normalize.kind} means nothing`,
    );
  if (normalize.kind === 'divide') {
    if (!Number.isFinite(normalize.by) || normalize.by === 0) {
      throw misfit(features, `normalize: divide needs a number other than 0, not ${normalize.by}`);
    }
    return builder.op('Div', [input, builder.scalar(normalize.by)], {}, NORMALIZED);
  }
  const { mean, deviation } = normalize;
  if (mean.length !== sizeOf(shape) || deviation.length !== mean.length) {
    throw misfit(
      features,
      `normalize: standardize has ${mean.length} means and ${deviation.length} deviations for ` +
        `${sizeOf(shape)} features`,
    );
  }
  const centred = builder.op(
    'Sub',
    [input, builder.constant(float32(shape, mean), 'feature_mean')],
    {},
    'centred',
  );
  return builder.op(
    'Div',
    [centred, builder.constant(float32(shape, spreadOf(deviation)), 'feature_deviation')],
    {},
    NORMALIZED,
  );
}

/** The way back: what a model made in the form of normalised features, as raw ones. */
export function denormalizeFeatures(builder: GraphBuilder, value: string, features: FeatureSpec): string {
  const { normalize, shape } = features;
  if (normalize.kind === 'none') return value;
  if (normalize.kind === 'divide') return builder.op('Mul', [value, builder.scalar(normalize.by)], {}, 'raw');
  const spread = builder.constant(float32(shape, spreadOf(normalize.deviation)), 'feature_deviation');
  const mean = builder.constant(float32(shape, normalize.mean), 'feature_mean');
  return builder.op('Add', [builder.op('Mul', [value, spread], {}, 'spread'), mean], {}, 'raw');
}

/** A constant feature has no spread to divide by; it stays at zero. */
function spreadOf(deviation: readonly number[]): number[] {
  return deviation.map((value) => (value > 0 ? value : 1));
}

function misfit(features: FeatureSpec, needs: string): ModelBuildError {
  return new ModelBuildError({
    section: 'data',
    path: ['features'],
    type: 'normalize',
    incoming: ['batch', ...features.shape],
    needs,
  });
}
