import { isGan } from '../../shared/nn/gan/networks.ts';
import type { Model } from '../../shared/onnx/model.ts';
import { writeModel } from '../../shared/onnx/write.ts';
import { type ExportMetadata, exportModel } from '../../shared/programs/export.ts';
import { samplerModel } from '../../shared/programs/sampler.ts';
import { featureSpec, type RunDescription } from '../run/description.ts';
import { maxDifference } from './compare.ts';
import { writeWhole } from './write-whole.ts';

/** What a run hands out: of a GAN its generator, else the model itself. */
export function handedOut({ model, job, manifest }: RunDescription): Model {
  return (isGan(model) && samplerModel(model, featureSpec(job, manifest))) || model;
}

/**
 * Writes the decoder of a variational autoencoder beside its model, checked as the model was: `vae.onnx`, `vae-decoder.onnx`.
 *
 * @returns undefined for models without one
 */
export async function exportDecoder(
  description: RunDescription,
  values: Float32Array,
  details: ExportMetadata,
  file: string,
): Promise<string | undefined> {
  const { model, layout, job, manifest } = description;
  if (isGan(model)) return undefined;
  const decoder = samplerModel(model, featureSpec(job, manifest));
  if (decoder === undefined) return undefined;
  const bytes = writeModel(exportModel(decoder, layout, values, details));
  await maxDifference(bytes, values, { ...description, model: decoder });
  const written = `${file.replace(/\.onnx$/i, '')}-decoder.onnx`;
  await writeWhole(written, bytes);
  return written;
}
