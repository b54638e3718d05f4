import { DataError } from '../../shared/data/data-error.ts';
import type { Split } from '../../shared/data/split.ts';
import type { TableJob } from '../../shared/data/table-job.ts';
import type { Scan } from '../../shared/data/table-scan.ts';
import type { TokensJob } from '../../shared/job/data-job.ts';
import type { TableSource } from './table-source.ts';
import { makeTokenizer, type Place, storedType, type TokenFeatures } from './tokenizer-file.ts';
import { writeWhole } from './write-whole.ts';

/**
 * The features of a table with a column of text: learns the tokenizer from the training rows, then writes every text as
 * `length` token ids to the spool, cut at the end or filled up with the padding token.
 *
 * @param spool file descriptor, written from the start: int32 rows in the file's order
 */
export async function readTokens(
  job: TableJob,
  tokens: TokensJob,
  source: TableSource,
  place: Place,
  spool: number,
  { columns, rows }: Scan,
  split: Split,
): Promise<TokenFeatures> {
  const field = columns.text!;
  const training = new Uint8Array(rows);
  for (const row of split.order.subarray(0, rows - split.testRows)) training[row] = 1;
  const { tokenizer, hash } = await makeTokenizer(
    tokens.tokenizer,
    (add) => eachText(job, source, field, (text, row) => training[row] && add(text)),
    { padded: true, ...place },
  );
  const { padding } = tokenizer;
  if (padding === undefined && tokens.tokenizer.kind === 'file') {
    throw new DataError('The tokenizer has no token <pad> to fill short texts up with.', {
      file: tokens.tokenizer.path,
      hint: 'Add <pad> to its added_tokens, or let a tokenizer be learned: tokenizer: { bpe: 512 }.',
    });
  }
  const row = new Int32Array(tokens.length);
  await eachText(job, source, field, (text) => {
    const ids = tokenizer.encode(text);
    row.fill(padding!);
    row.set(ids.slice(0, row.length));
    writeWhole(spool, row);
  });
  return {
    names: [],
    count: tokens.length,
    type: storedType(tokenizer.size),
    tokens: { vocabulary: tokenizer.size, padding: padding!, tokenizer: hash },
  };
}

async function eachText(
  job: TableJob,
  source: TableSource,
  field: number,
  use: (text: string, row: number) => void,
): Promise<void> {
  let row = job.format.header ? -1 : 0;
  await source.read(job.format, (fields) => {
    if (row >= 0) use(fields[field]!, row);
    row++;
  });
}
