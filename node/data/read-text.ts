import { readFileSync, statSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';
import { DataError } from '../../shared/data/data-error.ts';
import type { RowSource } from '../../shared/data/write-blocks.ts';
import type { DataJob, TargetJob, TokensJob } from '../../shared/job/data-job.ts';
import { encodeLong } from '../../shared/text/encode-long.ts';
import type { Tokenizer } from '../../shared/text/tokenizer.ts';
import { makeTokenizer, type Place, storedType } from './tokenizer-file.ts';

/** A text is held in memory as a whole, and so are its tokens. */
const MAX_BYTES = 256 * 1024 * 1024;
/** Written as class names of the target; more are numbered. */
const MAX_NAMED = 65_536;

/**
 * One long text as windows of tokens. To predict the next token at every place, each has the token after it too; to predict
 * hidden tokens, the tokenizer has `<mask>` (and `<pad>`, for texts that a model is fine-tuned on later). The end of the text is held out; the tokenizer learns from what comes before it.
 *
 * @param place where the tokenizer is found and written
 * @throws DataError when the file is no text, or too short or too long
 */
export async function readTextWindows(
  job: DataJob,
  tokens: TokensJob,
  file: string,
  place: Place,
  heldOut?: 'all',
): Promise<RowSource> {
  const masked = job.target.type === 'masked' ? job.target : undefined;
  const text = readText(file);
  const cut = heldOut ? 0 : boundary(text, Math.round(text.length * (1 - job.test)));
  const [training, held] = [text.slice(0, cut), text.slice(cut)];
  const { tokenizer, hash } = await makeTokenizer(tokens.tokenizer, (add) => add(training), {
    padded: masked !== undefined,
    masked: masked !== undefined,
    ...place,
  });
  const { length, stride = length } = tokens;
  const width = masked ? length : length + 1;
  const parts = [training, held].map((part) => encodeLong(tokenizer, part));
  const [trainRows, testRows] = parts.map((ids) => windows(ids.length, width, stride)) as [number, number];
  if ((trainRows < 1 && !heldOut) || ((heldOut || job.test > 0) && testRows < 1)) {
    throw new DataError(
      `The text has ${parts[0]!.length} tokens for training and ${parts[1]!.length} held out: windows of ${masked ? length : `${length} and the next one`} do not fit into both.`,
      { file, hint: 'Use a longer text, a smaller data.context, or another data.test.' },
    );
  }
  const vocabulary = tokenizer.size;
  return {
    rows: trainRows + testRows,
    test: { rows: testRows },
    features: {
      names: [],
      count: length,
      type: storedType(vocabulary),
      tokens: { vocabulary, tokenizer: hash },
    },
    target: tokenTarget(job.target, tokenizer, length, file),
    read(index, row) {
      const isTest = index >= trainRows;
      const start = (isTest ? index - trainRows : index) * stride;
      row.set(parts[isTest ? 1 : 0]!.subarray(start, start + width));
    },
    targetOf: () => 0,
  };
}

/** Tokens to predict: the next one at each of `length` places, or those that are hidden. */
export function tokenTarget(
  target: TargetJob,
  tokenizer: Tokenizer,
  length: number,
  file: string,
): RowSource['target'] {
  const masked = target.type === 'masked' ? target : undefined;
  const { size, vocabulary } = tokenizer;
  return {
    name: masked ? 'masked token' : 'next token',
    kind: masked ? 'masked' : 'next',
    ...(masked && { masked: { share: masked.share, token: maskOf(tokenizer, file) } }),
    count: length,
    type: 'int32',
    classes: Array.from({ length: size }, (_, id) => (size <= MAX_NAMED ? vocabulary[id]! : String(id))),
  };
}

/** Windows of `width` tokens that start `stride` apart. */
function windows(tokens: number, width: number, stride: number): number {
  return tokens < width ? 0 : Math.floor((tokens - width) / stride) + 1;
}

function maskOf(tokenizer: Tokenizer, file: string): number {
  if (tokenizer.mask !== undefined) return tokenizer.mask;
  throw new DataError('The tokenizer has no token <mask> to hide others with.', {
    file,
    hint: 'Add <mask> to its added_tokens, or let a tokenizer be learned: tokenizer: { bpe: 512 }.',
  });
}

/** Not between the two halves of a character outside the basic plane. */
function boundary(text: string, at: number): number {
  const code = text.charCodeAt(at);
  return code >= 0xdc00 && code <= 0xdfff ? at - 1 : at;
}

function readText(file: string): string {
  const { size } = statSync(file);
  const bytes = size > MAX_BYTES ? undefined : unpacked(readFileSync(file), file);
  if (!bytes || bytes.length > MAX_BYTES) {
    const hint = 'Train on a part of it; a text is held in memory as a whole.';
    throw new DataError(`The text is longer than ${MAX_BYTES / 1024 / 1024} MiB.`, { file, hint });
  }
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch (cause) {
    const hint = 'Save it as plain text in UTF-8, gzipped or not.';
    throw new DataError('The file is not text in UTF-8.', { file, hint }, { cause });
  }
}

function unpacked(bytes: Buffer, file: string): Uint8Array {
  if (bytes[0] !== 0x1f || bytes[1] !== 0x8b) return bytes;
  try {
    return gunzipSync(bytes, { maxOutputLength: MAX_BYTES });
  } catch (cause) {
    const hint = 'The file is damaged or incomplete, or too long: fetch it again, or train on a part of it.';
    const message = cause instanceof Error ? cause.message : String(cause);
    throw new DataError(`Unpacking failed: ${message}.`, { file, hint }, { cause });
  }
}
