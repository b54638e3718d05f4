import { lstatSync, readdirSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { openFile, openModelFile } from '../../node/files/model-file.ts';
import { OnnxFormatError } from '../../shared/onnx/errors.ts';
import { natural } from '../../shared/onnx/external-data.ts';
import { forEachApart } from '../../shared/onnx/external-entries.ts';
import { readModel } from '../../shared/onnx/read.ts';
import { PRODUCER } from '../../shared/programs/export.ts';

/**
 * The data file that belongs to a model file which is about to be replaced, and to nothing else: without it, it would look as if it
 * belonged to the next one.
 *
 * @returns undefined where that is not certain: it may be somebody's
 */
export function dataLeftOver(file: string): string | undefined {
  const data = `${file}.data`;
  const size = plainFile(data);
  if (size === undefined || plainFile(file) === undefined) return undefined;
  if (endIn(file, basename(data)) !== size || !isOurs(file)) return undefined;
  const folder = dirname(file);
  const others = readdirSync(folder).filter((name) => name.endsWith('.onnx') && name !== basename(file));
  return others.every((name) => endIn(join(folder, name), basename(data)) === 0) ? data : undefined;
}

/** Whether an export of ours wrote it: weights that somebody else trained are never taken away. */
function isOurs(model: string): boolean {
  try {
    return readModel(openModelFile(model)).producer === PRODUCER;
  } catch (error) {
    if (error instanceof OnnxFormatError || (error as NodeJS.ErrnoException).code !== undefined) return false;
    throw error;
  }
}

/** Its bytes, where it is neither a link nor anything else. */
function plainFile(path: string): number | undefined {
  const stat = lstatSync(path, { throwIfNoEntry: false });
  return stat?.isFile() ? stat.size : undefined;
}

/** Where in the file of that name the last of the model's tensors ends, 0 where none lies there; undefined where it cannot be read. */
function endIn(model: string, name: string): number | undefined {
  let end = 0;
  try {
    forEachApart(openFile(model), (entries) => {
      if (entries.get('location') !== name) return;
      const [offset, length] = ['offset', 'length'].map((key) =>
        natural(entries.get(key) ?? '', key, 'a tensor'),
      ) as [number, number];
      end = Math.max(end, offset + length);
    });
  } catch (error) {
    // No model, or one that is written in another way: what it refers to is not known.
    if (error instanceof OnnxFormatError || (error as NodeJS.ErrnoException).code !== undefined)
      return undefined;
    throw error;
  }
  return end;
}
