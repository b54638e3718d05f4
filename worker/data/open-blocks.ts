import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { DatasetFile } from '../../node/data/block-file.ts';
import type { DatasetManifest } from '../../shared/data/dataset.ts';
import type { BlocksOnDisk } from './blocks.ts';

/** A function that reads a block by its number. */
export async function openBlocks(
  blocks: BlocksOnDisk,
  manifest: DatasetManifest,
): Promise<(index: number) => Uint8Array> {
  if (blocks.kind === 'own') {
    const dataset = await DatasetFile.open(blocks.directory);
    return (index) => dataset.readBlock(index);
  }
  return (index) => readFileSync(join(blocks.directory, manifest.blocks[index]!.hash));
}
