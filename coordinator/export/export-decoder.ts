import { withRightConvolutions } from '../../shared/autodiff/portable/right-convolutions.ts';
import { isGan } from '../../shared/nn/gan/networks.ts';
import type { Model } from '../../shared/onnx/model.ts';
import { readModel } from '../../shared/onnx/read.ts';
import type { StoredTensor } from '../../shared/onnx/stored-tensor.ts';
import { type ExportMetadata, exportModel } from '../../shared/programs/export.ts';
import { samplerModel } from '../../shared/programs/sampler.ts';
import { featureSpec, type RunDescription } from '../run/description.ts';
import { maxDifference } from './compare.ts';
import { writeModelChecked } from './write-model.ts';

/** What a run hands out: of a GAN its generator, else the model itself. */
export function handedOut({ model, job, manifest }: RunDescription): Model {
  return (isGan(model) && samplerModel(model, featureSpec(job, manifest))) || model;
}

/**
 * Writes the decoder of a variational autoencoder beside its model, checked as the model was: `vae.onnx`, `vae-decoder.onnx`.
 *
 * @param webGpu whether its convolutions are written so that WebGPU's provider computes them rightly
 * @returns undefined for models without one
 */
export async function exportDecoder(
  description: RunDescription,
  values: StoredTensor,
  details: ExportMetadata,
  file: string,
  webGpu: boolean,
): Promise<string | undefined> {
  const { model, layout, job, manifest } = description;
  if (isGan(model)) return undefined;
  const decoder = samplerModel(model, featureSpec(job, manifest));
  if (decoder === undefined) return undefined;
  const path = `${file.replace(/\.onnx$/i, '')}-decoder.onnx`;
  const exported = exportModel(decoder, layout, values, details);
  const written = webGpu ? withRightConvolutions(exported).model : exported;
  await writeModelChecked(path, written, (file) =>
    maxDifference(readModel(file), values, { ...description, model: decoder }),
  );
  return path;
}
