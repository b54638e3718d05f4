import { DataError } from '../../../shared/data/data-error.ts';
import { type ImageForm, middle, type Pixels, resize } from '../../../shared/data/images/resize.ts';
import { asStored } from './as-stored.ts';

/** Longest side that is decoded at: more says nothing to a model, and takes memory. */
const MAX_SIDE = 2048;
const MAX_BYTES = 64 * 1024 * 1024;

/**
 * An image file as one example: the middle of it, in the form's proportions.
 *
 * @throws DataError when the browser cannot decode it
 */
export async function readImage(file: File, form: ImageForm): Promise<Float32Array> {
  if (file.size > MAX_BYTES) {
    const hint = 'Make it smaller; the model sees very few of its pixels.';
    throw new DataError(`The image has more than ${MAX_BYTES >> 20} MiB.`, { file: file.name, hint });
  }
  const pixels = await decode(file);
  return resize(pixels, middle(pixels, form), form);
}

async function decode(file: File): Promise<Pixels> {
  let bitmap: ImageBitmap;
  try {
    const parts = asStored(new Uint8Array(await file.arrayBuffer()));
    bitmap = await createImageBitmap(new Blob(parts, { type: file.type }));
  } catch (cause) {
    const hint = 'Use PNG, JPEG, WebP or GIF.';
    throw new DataError('This is no image that the browser can read.', { file: file.name, hint }, { cause });
  }
  const scale = Math.min(1, MAX_SIDE / Math.max(bitmap.width, bitmap.height));
  const [width, height] = [Math.ceil(bitmap.width * scale), Math.ceil(bitmap.height * scale)];
  const canvas = new OffscreenCanvas(width, height);
  const context = canvas.getContext('2d', { willReadFrequently: true })!;
  context.drawImage(bitmap, 0, 0, width, height);
  bitmap.close();
  return context.getImageData(0, 0, width, height);
}
