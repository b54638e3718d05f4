import { writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { draw } from '../coordinator/export/draw.ts';
import type { Engine } from '../engines/engine.ts';
import { writingTo } from '../node/files/full-disk.ts';
import { imageGrid, isImage } from '../node/images/grid.ts';
import { encodePng } from '../node/images/png.ts';
import { LATENT } from '../shared/nn/gan/networks.ts';
import type { Model } from '../shared/onnx/model.ts';
import { UsageError } from './errors.ts';

/** Whether a model makes examples of noise: the generator of a GAN, or the decoder of a variational autoencoder. */
export function isSampler({ graph }: Model): boolean {
  const [input, ...others] = graph.inputs;
  return input?.name === LATENT && others.length === 0 && input.dims.length === 2;
}

/**
 * Draws examples and writes them as one PNG.
 *
 * @throws UsageError when the model makes no images
 */
export async function generateImages(
  engine: Engine,
  model: Model,
  options: { readonly out: string; readonly count: number; readonly seed: number },
): Promise<void> {
  const shape = model.graph.outputs[0]!.dims.slice(1) as number[];
  if (!isImage(shape)) {
    throw new UsageError(
      `The model makes [${shape.join(', ')}], which is no image of one or three channels.`,
    );
  }
  const drawn = await draw(engine, model, options);
  const range = rangeOf(model) ?? boundsOf(drawn.values);
  const picture = imageGrid({ ...drawn, count: options.count, range });
  await writingTo(dirname(options.out), () => writeFile(options.out, encodePng(picture)));
}

/** As the export wrote it: smallest and largest number of the data. */
function rangeOf({ metadata }: Model): readonly [number, number] | undefined {
  let range: unknown;
  try {
    range = JSON.parse(metadata['tributary.range'] ?? '');
  } catch {
    return undefined;
  }
  if (!Array.isArray(range) || range.length !== 2 || !range.every((value) => Number.isFinite(value)))
    return undefined;
  return [range[0] as number, range[1] as number];
}

function boundsOf(values: Float32Array): readonly [number, number] {
  return [
    values.reduce((low, value) => Math.min(low, value), Number.POSITIVE_INFINITY),
    values.reduce((high, value) => Math.max(high, value), Number.NEGATIVE_INFINITY),
  ];
}
