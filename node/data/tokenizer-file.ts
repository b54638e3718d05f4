import { createHash } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { DataError } from '../../shared/data/data-error.ts';
import type { DatasetManifest } from '../../shared/data/dataset.ts';
import type { TokenizerJob } from '../../shared/job/data-job.ts';
import { Tokenizer } from '../../shared/text/tokenizer.ts';
import { TokenizerTrainer } from '../../shared/text/train-tokenizer.ts';

export const TOKENIZER_FILE = 'tokenizer.json';

/** Folders: what a tokenizer's path is relative to, and where the data set is written. */
export interface Place {
  readonly baseDirectory: string;
  readonly directory: string;
}

/** Tokens that no text makes. */
interface Special {
  readonly padded: boolean;
  readonly masked?: boolean;
}

/** What a data set's manifest says of its tokens. */
export type TokenFeatures = DatasetManifest['features'] & {
  readonly tokens: NonNullable<DatasetManifest['features']['tokens']>;
};

/**
 * Learns the job's tokenizer, or reads its file, and writes it to the data set's folder.
 *
 * @param texts of the training part; not asked for where a file says all
 * @param options.padded the tokenizer needs a token to fill texts up with
 * @param options.masked it needs a token that hides others
 */
export async function makeTokenizer(
  job: TokenizerJob,
  texts: (add: (text: string) => void) => void | Promise<void>,
  options: Place & Special,
): Promise<{ tokenizer: Tokenizer; hash: string }> {
  const json = await tokenizerText(job, texts, options);
  const tokenizer = parse(
    json,
    job.kind === 'file' ? resolve(options.baseDirectory, job.path) : TOKENIZER_FILE,
  );
  writeFileSync(join(options.directory, TOKENIZER_FILE), json, { flush: true });
  return { tokenizer, hash: createHash('sha256').update(json).digest('hex') };
}

async function tokenizerText(
  job: TokenizerJob,
  texts: (add: (text: string) => void) => void | Promise<void>,
  { padded, masked = false, baseDirectory }: Special & Pick<Place, 'baseDirectory'>,
): Promise<string> {
  if (job.kind === 'file') return readText(resolve(baseDirectory, job.path));
  const trainer = new TokenizerTrainer(job);
  if (job.kind !== 'bytes') await texts((text) => trainer.add(text));
  return trainer.finish(padded, masked);
}

function readText(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch (cause) {
    const hint = 'The path of data.tokenizer is relative to the job file.';
    throw new DataError('The tokenizer cannot be read.', { file, hint }, { cause });
  }
}

function parse(json: string, file: string): Tokenizer {
  try {
    return Tokenizer.parse(json);
  } catch (cause) {
    const message = cause instanceof Error ? cause.message : String(cause);
    const hint =
      'Use a tokenizer.json of byte-level BPE (GPT-2), or let one be learned: tokenizer: { bpe: 512 }.';
    throw new DataError(`This tokenizer cannot be used: ${message}`, { file, hint }, { cause });
  }
}

/** How ids are stored: in as few bytes as the vocabulary allows. */
export function storedType(vocabulary: number): 'uint8' | 'uint16' | 'int32' {
  return vocabulary <= 256 ? 'uint8' : vocabulary <= 65_536 ? 'uint16' : 'int32';
}
