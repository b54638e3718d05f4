import type { DataJob } from '../../job/data-job.ts';
import type { Columns } from '../columns.ts';
import { DataError } from '../data-error.ts';
import { type ImageForm, imageForm, middle, type Pixels, resize } from './resize.ts';

/** A job whose rows are images in folders. */
export type ImageJob = DataJob & { readonly format: { readonly type: 'images' } };

export function isImages(job: DataJob): job is ImageJob {
  return job.format.type === 'images';
}

/** Of images the target is called so: the name of the folder that an image lies in. */
export const CLASS = 'class';

/** Pixels are bytes, as files have them. */
export const WHITE = 255;

/**
 * What each image becomes.
 *
 * @param file how messages call the data
 * @throws DataError when the shape is none of an image
 */
export function imageFormOf({ features }: ImageJob, file: string): ImageForm {
  const form = imageForm(features.shape, WHITE);
  if (form) return form;
  const hint = 'Set data.features.shape to [1 or 3, height, width].';
  throw new DataError(`The shape [${features.shape?.join(', ') ?? ''}] is none of an image.`, { file, hint });
}

/** The middle of a picture in the form's proportions, as whole numbers: what a row of an image job holds. */
export function exampleOf(pixels: Pixels, form: ImageForm): Float32Array {
  return resize(pixels, middle(pixels, form), form).map(Math.round);
}

/** The pixels of a form by number: channel by channel, row by row. */
export function pixelNames({ channels, height, width }: ImageForm): string[] {
  return Array.from({ length: channels * height * width }, (_, index) => String(index));
}

/** Examples that no table holds, as a table's columns: the features, and the target behind them. */
export function exampleColumns(names: readonly string[], target: string | undefined): Columns {
  const width = names.length;
  return {
    fields: target === undefined ? width : width + 1,
    targets: target === undefined ? [] : [width],
    text: undefined,
    features: Array.from({ length: width }, (_, column) => column),
    featureNames: names,
    categories: new Set(),
    label: (field) => (field === width && target !== undefined ? target : (names[field] ?? field)),
  };
}
