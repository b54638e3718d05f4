import type { ModelFile } from '../onnx/external-data.ts';
import type { Model } from '../onnx/model.ts';
import { importForTraining, type OnnxOptions } from './import/import.ts';
import type { FeatureSpec, TargetSpec } from './specs.ts';

/**
 * The training model of a file: `importForTraining` without its report.
 *
 * @throws OnnxFormatError, ModelError for a broken file; ModelBuildError when it does not fit the data or the job
 */
export function modelFromOnnx(
  file: Uint8Array | ModelFile,
  features: FeatureSpec,
  target: TargetSpec,
  job: OnnxOptions = {},
  seed = 0,
): Model {
  return importForTraining(file, features, target, job, seed).model;
}
