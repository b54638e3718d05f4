import { statSync } from 'node:fs';
import { basename, relative } from 'node:path';
import { imageFolder } from '../node/data/image-folder.ts';
import { decodeImage } from '../node/images/decode-image.ts';
import { CLASS, exampleOf } from '../shared/data/images/image-job.ts';
import type { ImageForm } from '../shared/data/images/resize.ts';
import { UsageError } from './errors.ts';
import type { PredictRows } from './predict-rows.ts';

/** Whether images are to be predicted: a PNG or JPEG file, or a folder. */
export function isImageData(path: string): boolean {
  return /\.(png|jpe?g)$/i.test(path) || statSync(path, { throwIfNoEntry: false })?.isDirectory() === true;
}

/**
 * Reads an image, or all below a folder, as the model was trained on them.
 *
 * @param targets what --target names: the class, which is the folder of each, to compare with; nothing: no comparison
 * @param form of the model's images
 * @throws UsageError when it was not trained on image files; DataError with the file that is wrong
 */
export async function readImageRows(
  path: string,
  form: ImageForm | undefined,
  targets: readonly string[] = [],
): Promise<PredictRows> {
  if (!form)
    throw new UsageError(`the model was not trained on image files: give CSV or JSON in place of ${path}.`);
  const labelled = targets.length > 0;
  const other = targets.find((name) => name !== CLASS);
  if (other !== undefined)
    throw new UsageError(
      `--target ${other}: images have no columns. The class of an image is the name of its folder: --target ${CLASS}.`,
    );
  const isFolder = statSync(path, { throwIfNoEntry: false })?.isDirectory() === true;
  if (labelled && !isFolder)
    throw new UsageError(
      `--target: the class of an image is the name of its folder. Give the folder with the class folders in place of ${path}, or leave --target out.`,
    );
  const found = isFolder ? imageFolder(path, { labelled }) : undefined;
  const files = found?.files.map((file) => file.path) ?? [path];
  const width = form.channels * form.height * form.width;
  const values = new Float32Array(files.length * width);
  for (const [index, file] of files.entries()) {
    values.set(exampleOf(await decodeImage(file), form), index * width);
  }
  const names = files.map((file) => (isFolder ? relative(path, file) : basename(file)));
  const classes = (found?.files ?? []).map(({ label }) => found?.classes?.[label] ?? '');
  return { values, count: files.length, names, actual: labelled ? [classes] : [] };
}
