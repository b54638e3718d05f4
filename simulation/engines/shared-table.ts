import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { DatasetFile, ROWS_FILE } from '../../node/data/block-file.ts';
import { sha256 } from '../../node/data/sha256.ts';
import { DataError } from '../../shared/data/data-error.ts';
import type { DatasetManifest } from '../../shared/data/dataset.ts';
import type { BlockSource } from '../../worker/trainer/batch-loader.ts';

/** A data set in memory that all engine threads share: what a virtual participant holds is numbers of its rows. */
export interface SharedTable {
  readonly manifest: DatasetManifest;
  readonly bytes: SharedArrayBuffer;
}

/**
 * @param directory of an ingested data set
 * @throws DataError when it is damaged
 */
export async function loadTable(directory: string): Promise<SharedTable> {
  const dataset = await DatasetFile.open(directory);
  const { manifest } = dataset;
  dataset.close();
  const file = join(directory, ROWS_FILE);
  const bytes = new SharedArrayBuffer(manifest.rows * manifest.rowBytes);
  const stored = readFileSync(file);
  new Uint8Array(bytes).set(stored);
  let offset = 0;
  for (const [index, block] of manifest.blocks.entries()) {
    if (sha256(stored.subarray(offset, offset + block.bytes)) !== block.hash) {
      throw new DataError(`Block ${index} of the ingested data is damaged.`, {
        file,
        hint: 'Delete the folder; the data is ingested again from its source.',
      });
    }
    offset += block.bytes;
  }
  return { manifest, bytes };
}

/** Its blocks, for the trainer. */
export function blocksOf({ manifest, bytes }: SharedTable): BlockSource {
  let offset = 0;
  const blocks = manifest.blocks.map((block) => {
    offset += block.bytes;
    return new Uint8Array(bytes, offset - block.bytes, block.bytes);
  });
  return (index) => {
    const block = blocks[index];
    if (!block) throw new RangeError(`Block ${index} of ${blocks.length}.`);
    return block;
  };
}
