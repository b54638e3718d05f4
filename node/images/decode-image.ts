import { open } from 'node:fs/promises';
import jpeg from 'jpeg-js';
import { DataError } from '../../shared/data/data-error.ts';
import type { Pixels } from '../../shared/data/images/resize.ts';
import { decodePng } from './decode-png.ts';
import { type ImageSize, imageSize } from './image-size.ts';

/** Of a file: more is no photograph. */
const MAX_BYTES = 64 * 1024 * 1024;
/** Decoded at once: 100 MiB of pixels, and a few times as much while a JPEG is decoded. */
const MAX_MEGAPIXELS = 25;
const MAX_DECODER_MEGABYTES = 1536;

/**
 * The pixels of a PNG or JPEG file, whatever its name says; its size is checked before it is decoded. As a file has them: a
 * camera's note which side is up is not followed.
 *
 * @throws DataError with the file when it is missing, too large, of another kind or damaged
 */
export async function decodeImage(file: string): Promise<Pixels> {
  const bytes = await readWhole(file);
  const size = imageSize(bytes);
  if (!size) {
    const hint = 'Images are PNG or JPEG files: convert it, or take it out of the folder.';
    throw new DataError('The file is neither a PNG nor a JPEG image.', { file, hint });
  }
  checkSize(size, file);
  try {
    return size.kind === 'png' ? decodePng(bytes, size) : decodeJpeg(bytes);
  } catch (cause) {
    const hint = 'Fetch or save it again, or take it out of the folder.';
    throw new DataError(`The image is damaged: ${reasonOf(cause)}.`, { file, hint }, { cause });
  }
}

function decodeJpeg(bytes: Buffer): Pixels {
  return jpeg.decode(bytes, {
    useTArray: true,
    formatAsRGBA: true,
    tolerantDecoding: false,
    maxResolutionInMP: MAX_MEGAPIXELS,
    maxMemoryUsageInMB: MAX_DECODER_MEGABYTES,
  });
}

async function readWhole(file: string): Promise<Buffer> {
  try {
    await using handle = await open(file);
    const { size } = await handle.stat();
    if (size > MAX_BYTES) {
      const hint = 'Make the image smaller; the model sees few of its pixels.';
      throw new DataError(`The file has ${size} bytes, more than ${MAX_BYTES >> 20} MiB.`, { file, hint });
    }
    return await handle.readFile();
  } catch (cause) {
    if (cause instanceof DataError) throw cause;
    const hint = 'Check that the file is there and may be read.';
    throw new DataError(`The image cannot be read: ${reasonOf(cause)}.`, { file, hint }, { cause });
  }
}

function checkSize({ width, height }: ImageSize, file: string): void {
  if (width === 0 || height === 0) {
    const hint = 'Fetch or save it again, or take it out of the folder.';
    throw new DataError('The image is damaged: it does not say how large it is.', { file, hint });
  }
  if (width * height > MAX_MEGAPIXELS * 1e6) {
    const hint = 'Make it smaller; the model sees few of its pixels.';
    const message = `The image is ${width} x ${height} pixels: more than ${MAX_MEGAPIXELS} million.`;
    throw new DataError(message, { file, hint });
  }
}

/** What a library says, as the end of a sentence. */
function reasonOf(cause: unknown): string {
  const message = cause instanceof Error ? cause.message : String(cause);
  return message.replace(/\.$/, '');
}
