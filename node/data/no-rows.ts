import type { Declared } from '../../shared/data/declared.ts';
import { imageFormOf, isImages, pixelNames } from '../../shared/data/images/image-job.ts';
import { measuredPlaces, tableTarget } from '../../shared/data/table-target.ts';
import type { RowSource } from '../../shared/data/write-blocks.ts';
import { type DataJob, type TokensJob, targetColumns } from '../../shared/job/data-job.ts';
import type { Tokenizer } from '../../shared/text/tokenizer.ts';
import { tokenTarget } from './read-text.ts';
import { makeTokenizer, type Place, storedType } from './tokenizer-file.ts';

/**
 * The form of the rows that members hold, and none of the rows: what the model is built for, and what each participant encodes its own
 * table by.
 *
 * @throws DataError when the tokenizer has no token to hide others with
 */
export async function noRows(job: DataJob, place: Place, declared: Declared): Promise<RowSource> {
  const tokens = job.tokens && (await tokensOf(job, job.tokens, place));
  return {
    rows: 0,
    test: { rows: 0 },
    features: tokens?.features ?? tableFeatures(job, declared),
    target: targetOf(job, tokens?.tokenizer, declared),
    measured: measuredPlaces(job.target),
    read: nothing,
    targetOf: nothing,
  };
}

function tableFeatures(job: DataJob, { categories }: Declared): RowSource['features'] {
  if (isImages(job)) {
    const names = pixelNames(imageFormOf(job, 'the job'));
    return { names, count: names.length, type: 'uint8' };
  }
  const columns = job.features.columns ?? [];
  return {
    names: columns.map(String),
    count: columns.length,
    type: 'float32',
    ...(job.features.categories && { categories: categories ?? [] }),
    ...(job.features.lengths && { lengths: columns.indexOf(job.features.lengths.column) }),
  };
}

async function tokensOf(job: DataJob, { tokenizer: from, length, column }: TokensJob, place: Place) {
  const masked = job.target.type === 'masked';
  const { tokenizer, hash } = await makeTokenizer(from, nothing, {
    padded: masked || column !== undefined,
    masked,
    ...place,
  });
  const { size, padding } = tokenizer;
  const features: RowSource['features'] = {
    names: [],
    count: length,
    type: storedType(size),
    tokens: {
      vocabulary: size,
      tokenizer: hash,
      ...(column !== undefined && padding !== undefined && { padding }),
    },
  };
  return { tokenizer, features };
}

function targetOf(
  job: DataJob,
  tokenizer: Tokenizer | undefined,
  { classes = [], outputs }: Declared,
): RowSource['target'] {
  const { target, tokens } = job;
  if (tokenizer && tokens && (target.type === 'next' || target.type === 'masked')) {
    return tokenTarget(target, tokenizer, tokens.length, 'the job');
  }
  const isClass = target.type === 'class' || target.type === 'binary' || target.type === 'symbols';
  return tableTarget(target, targetColumns(target).map(String), isClass ? classes : undefined, {
    ...(outputs && { outputs }),
  });
}

function nothing(): never {
  throw new Error('a run whose members hold all rows has none of its own to read');
}
