import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { DatasetFile } from '../../node/data/block-file.ts';
import type { DatasetManifest } from '../../shared/data/dataset.ts';

/** Where a member's rows lie: fetched blocks, each a file under its hash, or its own copy of the table. */
export type BlocksOnDisk =
  | { readonly kind: 'fetched'; readonly directory: string }
  | { readonly kind: 'own'; readonly directory: string };

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
