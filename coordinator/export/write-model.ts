import { rename, rm } from 'node:fs/promises';
import { basename } from 'node:path';
import { openFile, writePieces } from '../../node/files/model-file.ts';
import { withTemporaries } from '../../node/files/temporaries.ts';
import { inMemory, lengthOf } from '../../shared/onnx/byte-source.ts';
import type { ModelFile } from '../../shared/onnx/external-data.ts';
import type { Model } from '../../shared/onnx/model.ts';
import { MOST_BYTES } from '../../shared/onnx/structure.ts';
import { modelPieces, writeModelWithData } from '../../shared/onnx/write.ts';
import { dataLeftOver } from './data-left-over.ts';
import { refuseFolders, replacePair } from './replace-pair.ts';

/** A model that was written. */
export interface WrittenModel<Found> {
  readonly found: Found;
  /** Of all its files. */
  readonly bytes: number;
  /** The file beside it with its weights, where one file would be too large. */
  readonly data?: string;
}

/**
 * Writes a model: one file, or, where that would have more bytes than a protobuf message may, one of its structure and one of its weights
 * beside it (`model.onnx.data`), as exporters do. It is there whole and checked, or what was there before still is. The weights of an
 * earlier export to the same path do not stay beside the one file.
 *
 * @param check looks at what was written, at another place; when it throws, nothing has changed
 * @param most bytes of one file
 */
export async function writeModelChecked<Found>(
  file: string,
  model: Model,
  check: (written: ModelFile) => Promise<Found>,
  most = MOST_BYTES,
): Promise<WrittenModel<Found>> {
  const data = `${file}.data`;
  const apart = writeModelWithData(model, basename(data));
  const bytes = apart.model.length + lengthOf(apart.data);
  const isOne = bytes <= most;
  refuseFolders(isOne ? [file] : [data, file]);
  return withTemporaries(file, ['onnx', 'data'], async ([temporary, temporaryData]) => {
    if (isOne) {
      const pieces = modelPieces(model);
      await writePieces(temporary, pieces);
      const found = await check({ source: openFile(temporary) });
      const left = dataLeftOver(file);
      await rename(temporary, file);
      if (left !== undefined) await rm(left);
      return { found, bytes: lengthOf(pieces) };
    }
    await writePieces(temporaryData, apart.data);
    await writePieces(temporary, [inMemory(apart.model)]);
    const found = await check({ source: openFile(temporary), external: () => openFile(temporaryData) });
    replacePair({ from: temporaryData, to: data }, { from: temporary, to: file });
    return { found, bytes, data };
  });
}
