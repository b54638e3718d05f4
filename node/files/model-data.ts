import { closeSync, openSync, readSync, realpathSync } from 'node:fs';
import { dirname, join, relative, sep } from 'node:path';
import { OnnxFormatError } from '../../shared/onnx/errors.ts';
import type { ExternalReader } from '../../shared/onnx/external-data.ts';

/**
 * Reads what a model file of the user keeps in files beside it (`model.onnx.data`). Not for models of others: it opens
 * files that the model names.
 *
 * @param file path of the .onnx file; no link out of its folder is followed
 */
export function dataBeside(file: string): ExternalReader {
  const folder = realpathSync(dirname(file));
  return (location, offset, length) => {
    const path = open(join(folder, location), location);
    const away = relative(folder, path);
    if (away.startsWith(`..${sep}`) || away === '..') {
      throw new OnnxFormatError(`its data is at ${location}, a link out of the model's folder`);
    }
    const descriptor = openSync(path, 'r');
    try {
      const bytes = new Uint8Array(length);
      let read = 0;
      while (read < length) {
        const count = readSync(descriptor, bytes, read, length - read, offset + read);
        if (count === 0) break;
        read += count;
      }
      return bytes.subarray(0, read);
    } finally {
      closeSync(descriptor);
    }
  };
}

function open(path: string, location: string): string {
  try {
    return realpathSync(path);
  } catch (cause) {
    throw new OnnxFormatError(`its data is in ${location}, which is not there: put it beside the model`, {
      cause,
    });
  }
}
