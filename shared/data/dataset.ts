import { z } from 'zod';
import { MOST_OUTPUTS, OUTPUT_NAME } from '../job/output-name.ts';
import { sizeOf } from '../onnx/tensor.ts';
import { canonicalJson } from './canonical.ts';

/**
 * A data set as fixed-width rows. One row: the features, padded to a multiple of four bytes, then every number of the
 * target in four bytes, all little-endian. Of a text, a row is a window of tokens, one more than the features: the target is the
 * window shifted by one, and is not stored again; where tokens are masked, it is as long as the features. Rows [0, rows − test.rows) are for training, the rest is held out. Blocks hold `blockRows` rows, the last
 * one fewer; block i starts at row i · blockRows.
 */
export interface DatasetManifest {
  readonly format: 1;
  /** All rows, training and held out. */
  readonly rows: number;
  readonly features: {
    /** None for tokens. */
    readonly names: readonly string[];
    readonly count: number;
    /** How they are stored. */
    readonly type: StoredType;
    /** Features that are numbers of words: 1 for the first of `words`, 0 for any that is not among them. */
    readonly categories?: readonly { readonly column: number; readonly words: readonly string[] }[];
    /** Which of them is no feature, but says how many places of the row count. */
    readonly lengths?: number;
    /** Features that are token ids. */
    readonly tokens?: {
      /** Ids from 0 up to this. */
      readonly vocabulary: number;
      /** Id that fills short texts up. */
      readonly padding?: number;
      /** SHA-256 of the tokenizer.json beside the rows. */
      readonly tokenizer: string;
    };
  };
  readonly target: {
    readonly name: string;
    /**
     * `none`: the features themselves; `next`: the next token at every place; `masked`: the tokens that were hidden; `symbols`: a
     * label of up to `count` symbols, −1 behind its end.
     */
    readonly kind: 'class' | 'number' | 'binary' | 'symbols' | 'none' | 'next' | 'masked' | 'several';
    /** Numbers of one row; 1 when left out. */
    readonly count?: number;
    /** How it is stored: class indices as int32, numbers as float32. */
    readonly type: 'int32' | 'float32';
    /** How several numbers lie in one example; one axis when left out. */
    readonly shape?: readonly number[];
    /** Of masked tokens: the share that is chosen, and the id of `<mask>`. */
    readonly masked?: { readonly share: number; readonly token: number };
    /** Class names by index; for binary targets [negative, positive]. */
    readonly classes?: readonly string[];
    /** Of symbols: steps in which every label can be read. */
    readonly steps?: number;
    /** Of `several`: the targets of a model's outputs, one behind the other, all as float32. */
    readonly outputs?: readonly OutputTarget[];
  };
  readonly rowBytes: number;
  readonly blockRows: number;
  readonly blocks: readonly { readonly hash: string; readonly bytes: number }[];
  /** Of each feature over the training rows, none for tokens; the deviation is the population's, and 1 where a feature is constant. */
  readonly statistics: Statistics & {
    /** The same of each number of the target, where the job standardizes it; 0 and 1 at the places of classes. */
    readonly target?: Statistics;
  };
  readonly test: { readonly rows: number };
  /** SHA-256 of the canonical JSON of everything above. */
  readonly hash: string;
}

export interface Statistics {
  readonly mean: readonly number[];
  readonly deviation: readonly number[];
}

/** What is predicted by one of several outputs; its fields are those of a single target. */
export interface OutputTarget {
  readonly output: string;
  /** The column's name, or those of several. */
  readonly column: string;
  readonly kind: 'class' | 'number' | 'binary' | 'symbols';
  readonly count?: number;
  readonly shape?: readonly number[];
  readonly classes?: readonly string[];
  /** Of symbols: steps in which every label can be read. */
  readonly steps?: number;
}

export type StoredType = 'float32' | 'uint8' | 'uint16' | 'int32';

const BYTES = { float32: 4, uint8: 1, uint16: 2, int32: 4 } as const;

/** Hex SHA-256. Injected, because Node and browsers compute it differently. */
export type Hash = (bytes: Uint8Array) => string | Promise<string>;

/** A block is at most about this many bytes (one row at least). */
export const BLOCK_BYTES = 256 * 1024;

const count = z.number().int().nonnegative();
const sha256 = z.string().regex(/^[0-9a-f]{64}$/);

const statistics = { mean: z.array(z.number()), deviation: z.array(z.number().positive()) };

const manifestSchema = z.strictObject({
  format: z.literal(1),
  rows: count.max(2 ** 31 - 1),
  features: z.strictObject({
    names: z.array(z.string()),
    count: count.min(1),
    type: z.enum(['float32', 'uint8', 'uint16', 'int32']),
    categories: z.array(z.strictObject({ column: count, words: z.array(z.string()).max(65_536) })).optional(),
    lengths: count.optional(),
    tokens: z
      .strictObject({
        vocabulary: count.min(1).max(2 ** 24),
        padding: count.optional(),
        tokenizer: sha256,
      })
      .optional(),
  }),
  target: z.strictObject({
    name: z.string(),
    kind: z.enum(['class', 'number', 'binary', 'symbols', 'none', 'next', 'masked', 'several']),
    count: count.max(65_536).optional(),
    type: z.enum(['int32', 'float32']),
    shape: z.array(count.min(1)).max(8).optional(),
    masked: z.strictObject({ share: z.number().gt(0).max(1), token: count }).optional(),
    classes: z.array(z.string()).optional(),
    steps: count.min(1).max(131_072).optional(),
    outputs: z
      .array(
        z.strictObject({
          output: z.string().regex(OUTPUT_NAME),
          column: z.string(),
          kind: z.enum(['class', 'number', 'binary', 'symbols']),
          count: count.max(65_536).optional(),
          shape: z.array(count.min(1)).max(8).optional(),
          classes: z.array(z.string()).optional(),
          steps: count.min(1).max(131_072).optional(),
        }),
      )
      .min(1)
      .max(MOST_OUTPUTS)
      .optional(),
  }),
  rowBytes: count.min(4),
  blockRows: count.min(1),
  blocks: z.array(z.strictObject({ hash: sha256, bytes: count.min(1) })),
  statistics: z.strictObject({ ...statistics, target: z.strictObject(statistics).optional() }),
  test: z.strictObject({ rows: count }),
  hash: sha256,
});

/** Bytes of a row: the padded features and four bytes for every number of the target. */
export function rowBytesOf(features: number, type: StoredType, targets = 1): number {
  return ((features * BYTES[type] + 3) & ~3) + 4 * targets;
}

/** What a row holds: numbers or tokens, and targets. A window of a text holds its own target. */
export function storedCounts({ features, target }: Pick<DatasetManifest, 'features' | 'target'>): {
  readonly features: number;
  readonly targets: number;
} {
  if (target.kind === 'next') return { features: features.count + 1, targets: 0 };
  return { features: features.count, targets: target.kind === 'masked' ? 0 : targetCount(target) };
}

function rowBytesFor(manifest: Pick<DatasetManifest, 'features' | 'target'>): number {
  const stored = storedCounts(manifest);
  return rowBytesOf(stored.features, manifest.features.type, stored.targets);
}

/** Numbers of the target of one row: 1 of a table, none, or one for each token. */
export function targetCount(target: DatasetManifest['target']): number {
  return target.kind === 'none' ? 0 : (target.count ?? 1);
}

export function trainRows(manifest: DatasetManifest): number {
  return manifest.rows - manifest.test.rows;
}

/** What a manifest's hash is taken of. */
export function manifestBytes(manifest: Omit<DatasetManifest, 'hash'>): Uint8Array {
  const { hash: _, ...rest } = manifest as DatasetManifest;
  return new TextEncoder().encode(canonicalJson(rest));
}

/**
 * A manifest from outside, checked: its form, its arithmetic and its hash.
 *
 * @throws Error that says what does not fit.
 */
export async function parseManifest(text: string, hash: Hash): Promise<DatasetManifest> {
  const parsed = manifestSchema.safeParse(JSON.parse(text));
  if (!parsed.success)
    throw new Error(`The dataset's manifest is malformed: ${z.prettifyError(parsed.error)}`);
  const manifest: DatasetManifest = parsed.data;
  const fault = inconsistency(manifest);
  if (fault) throw new Error(`The dataset's manifest contradicts itself: ${fault}.`);
  const actual = await hash(manifestBytes(manifest));
  if (actual !== manifest.hash) {
    throw new Error(`The dataset's manifest says its hash is ${manifest.hash}, but it is ${actual}.`);
  }
  return manifest;
}

function inconsistency(manifest: DatasetManifest): string | undefined {
  const { features, statistics, blocks, blockRows, rows, test, target } = manifest;
  if (manifest.rowBytes !== rowBytesFor(manifest)) return `rowBytes ${manifest.rowBytes}`;
  const columns = features.tokens ? 0 : features.count;
  if (features.names.length !== columns) return `${features.names.length} feature names`;
  if (statistics.mean.length !== columns) return `${statistics.mean.length} means`;
  if (statistics.deviation.length !== columns) return `${statistics.deviation.length} deviations`;
  const { target: own } = statistics;
  if (own && [own.mean, own.deviation].some(({ length }) => length !== targetCount(target)))
    return `${own.mean.length} means and ${own.deviation.length} deviations of the target`;
  if (test.rows > rows) return `${test.rows} test rows of ${rows}`;
  if (features.categories?.some(({ column }) => column >= features.count)) return 'categories';
  if (features.lengths !== undefined && features.lengths >= columns) return 'lengths';
  if (target.shape && sizeOf(target.shape) !== targetCount(target))
    return `the target's shape [${target.shape.join(', ')}]`;
  const ofText = target.kind === 'next' || target.kind === 'masked';
  if (ofText && (!features.tokens || target.count !== features.count))
    return `${target.count ?? 1} ${target.kind} tokens of ${features.count}`;
  if ((target.kind === 'masked') !== (target.masked !== undefined)) return 'masked';
  if (target.masked && target.masked.token >= features.tokens!.vocabulary)
    return `the mask ${target.masked.token}`;
  if ((target.kind === 'symbols') !== (target.steps !== undefined)) return 'steps';
  const fault = outputsFault(target);
  if (fault) return fault;
  const numeric = target.kind === 'number' || target.kind === 'none' || target.kind === 'several';
  if (numeric !== (target.type === 'float32')) return `a ${target.kind} as ${target.type}`;
  if (numeric !== (target.classes === undefined)) return 'classes';
  if (blocks.length !== Math.ceil(rows / blockRows)) return `${blocks.length} blocks for ${rows} rows`;
  const wrong = blocks.findIndex(
    ({ bytes }, index) => bytes !== Math.min(blockRows, rows - index * blockRows) * manifest.rowBytes,
  );
  return wrong < 0 ? undefined : `block ${wrong} has ${blocks[wrong]?.bytes} bytes`;
}

function outputsFault(target: DatasetManifest['target']): string | undefined {
  const { kind, outputs } = target;
  if ((kind === 'several') !== (outputs !== undefined)) return 'outputs';
  if (!outputs) return undefined;
  const names = new Set(outputs.map(({ output }) => output));
  if (names.size !== outputs.length) return 'an output is there twice';
  const numbers = outputs.reduce((sum, { count = 1 }) => sum + count, 0);
  if (numbers !== targetCount(target)) return `${numbers} numbers of outputs`;
  const wrong = outputs.find(
    ({ kind: own, count = 1, shape, classes, steps }) =>
      (own === 'number') !== (classes === undefined) ||
      (own === 'symbols') !== (steps !== undefined) ||
      (shape && sizeOf(shape) !== count),
  );
  return wrong && `the output ${wrong.output}`;
}
