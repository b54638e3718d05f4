import { closeSync, existsSync, fstatSync, openSync, readFileSync, readSync } from 'node:fs';
import { join } from 'node:path';
import { DataError } from '../../shared/data/data-error.ts';
import { type DatasetManifest, parseManifest } from '../../shared/data/dataset.ts';
import { sha256 } from './sha256.ts';
import { TOKENIZER_FILE } from './tokenizer-file.ts';

export const MANIFEST_FILE = 'manifest.json';
export const ROWS_FILE = 'rows.bin';

/** An ingested dataset on disk: `manifest.json` and `rows.bin`, the blocks one behind the other. */
export class DatasetFile {
  readonly manifest: DatasetManifest;
  readonly directory: string;
  private readonly descriptor: number;
  private readonly offsets: readonly number[];
  private readonly byHash: ReadonlyMap<string, number>;

  private constructor(directory: string, manifest: DatasetManifest, descriptor: number) {
    this.directory = directory;
    this.manifest = manifest;
    this.descriptor = descriptor;
    let offset = 0;
    this.offsets = manifest.blocks.map(({ bytes }) => {
      offset += bytes;
      return offset - bytes;
    });
    this.byHash = new Map(manifest.blocks.map(({ hash }, index) => [hash, index]));
  }

  /** @throws DataError when the folder holds no intact dataset. */
  static async open(directory: string): Promise<DatasetFile> {
    let descriptor: number | undefined;
    try {
      const text = readFileSync(join(directory, MANIFEST_FILE), 'utf8');
      const manifest = await parseManifest(text, sha256);
      descriptor = openSync(join(directory, ROWS_FILE), 'r');
      const expected = manifest.rows * manifest.rowBytes;
      const { size } = fstatSync(descriptor);
      if (size !== expected) throw new Error(`${ROWS_FILE} has ${size} bytes instead of ${expected}.`);
      return new DatasetFile(directory, manifest, descriptor);
    } catch (cause) {
      if (descriptor !== undefined) closeSync(descriptor);
      const message = `This is no intact dataset: ${cause instanceof Error ? cause.message : String(cause)}`;
      const hint = 'Delete the folder; the data is ingested again from its source.';
      throw new DataError(message, { file: directory, hint }, { cause });
    }
  }

  /**
   * Reads a block into memory of its own and checks its hash.
   *
   * @throws DataError when the file was changed
   */
  readBlock(index: number): Uint8Array {
    const block = this.manifest.blocks[index];
    if (!block) throw new RangeError(`Block ${index} of ${this.manifest.blocks.length}.`);
    const bytes = new Uint8Array(block.bytes);
    const read = readSync(this.descriptor, bytes, 0, bytes.length, this.offsets[index]!);
    if (read !== block.bytes || sha256(bytes) !== block.hash) {
      throw new DataError(`Block ${index} of the ingested data is damaged.`, {
        file: join(this.directory, ROWS_FILE),
        hint: 'Delete the folder; the data is ingested again from its source.',
      });
    }
    return bytes;
  }

  /**
   * The tokenizer.json that the tokens were made with; undefined for numbers.
   *
   * @throws DataError when the file was changed
   */
  readTokenizer(): string | undefined {
    const hash = this.manifest.features.tokens?.tokenizer;
    if (hash === undefined) return undefined;
    const file = join(this.directory, TOKENIZER_FILE);
    const bytes = existsSync(file) ? new Uint8Array(readFileSync(file)) : undefined;
    if (!bytes || sha256(bytes) !== hash) {
      const hint = 'Delete the folder; the data is ingested again from its source.';
      throw new DataError('The tokenizer of the ingested data is damaged or missing.', { file, hint });
    }
    return new TextDecoder().decode(bytes);
  }

  /** The block with this content, for whoever asks by hash. */
  indexOf(hash: string): number | undefined {
    return this.byHash.get(hash);
  }

  close(): void {
    closeSync(this.descriptor);
  }
}
