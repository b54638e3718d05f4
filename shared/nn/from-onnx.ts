import type { Model } from '../onnx/model.ts';
import { importForTraining, type OnnxOptions } from './import/import.ts';
import type { FeatureSpec, TargetSpec } from './specs.ts';

/**
 * The training model of a file: `importForTraining` without its report.
 *
 * @throws OnnxFormatError, ModelError for a broken file; ModelBuildError when it does not fit the data or the job
 */
export function modelFromOnnx(
  bytes: Uint8Array,
  features: FeatureSpec,
  target: TargetSpec,
  job: OnnxOptions = {},
  seed = 0,
): Model {
  return importForTraining(bytes, features, target, job, seed).model;
}
