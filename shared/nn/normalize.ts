import type { GraphBuilder } from '../onnx/builder.ts';
import { sizeOf } from '../onnx/tensor.ts';
import { ModelBuildError } from './model-build-error.ts';
import { scaled, unscaled } from './scale.ts';
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
  if (normalize.kind === 'divide' && (!Number.isFinite(normalize.by) || normalize.by === 0)) {
    throw misfit(features, `normalize: divide needs a number other than 0, not ${normalize.by}`);
  }
  if (normalize.kind === 'standardize') {
    const { mean, deviation } = normalize;
    if (mean.length !== sizeOf(shape) || deviation.length !== mean.length) {
      throw misfit(
        features,
        `normalize: standardize has ${mean.length} means and ${deviation.length} deviations for ` +
          `${sizeOf(shape)} features`,
      );
    }
  }
  return scaled(builder, input, normalize, shape, { of: 'feature', result: NORMALIZED });
}

/** The way back: what a model made in the form of normalised features, as raw ones. */
export function denormalizeFeatures(builder: GraphBuilder, value: string, features: FeatureSpec): string {
  const { normalize, shape } = features;
  if (normalize.kind === 'none') return value;
  return unscaled(builder, value, normalize, shape, { of: 'feature', result: 'raw' });
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
