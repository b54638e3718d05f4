/** Where rows come from and what they mean. */
export interface DataJob {
  /**
   * `members`: every participant trains on a table of its own, and no row of it leaves (federated learning). Undefined: the
   * coordinator has the rows.
   */
  readonly heldBy?: 'members' | undefined;
  /** Path relative to the job file; empty when members hold all rows. Else, beside theirs, all of its rows are held out. */
  readonly source: string;
  /** A table, images, or one long text that is cut into windows. */
  readonly format:
    | { readonly type: 'csv'; readonly header: boolean; readonly delimiter: string }
    /** A folder of images, in a folder for each class. */
    | { readonly type: 'images' }
    | { readonly type: 'text' };
  readonly target: TargetJob;
  readonly features: {
    /** Columns to use, in order; undefined: all but the target. */
    readonly columns: readonly ColumnJob[] | undefined;
    /** Those of them that hold words: each becomes the number of its word. */
    readonly categories?: readonly ColumnJob[] | undefined;
    /**
     * The column that says how many places of a row count, along an axis of the shape. It is one of `columns`, where those are named,
     * and no number of the shape.
     */
    readonly lengths?: { readonly column: ColumnJob; readonly axis: number } | undefined;
    /** Shape of one example. [features] when undefined in YAML. */
    readonly shape: readonly number[] | undefined;
    readonly normalize: NormalizeJob;
  };
  /** Features that are tokens of a text; undefined: numbers. */
  readonly tokens?: TokensJob | undefined;
  /** Share of rows held out, [0, 1): by a seeded shuffle; of a text, its end. */
  readonly test: number;
  readonly licence: string | undefined;
}

export type NormalizeJob = { readonly kind: 'none' } | ScaleJob;

/** What is done to numbers before a model sees them, or learns them. */
export type ScaleJob =
  | { readonly kind: 'divide'; readonly by: number }
  /** By mean and standard deviation, of each column by itself. */
  | { readonly kind: 'standardize' };

/** A column's name, or its number (from 0) when the file has no header. */
export type ColumnJob = string | number;

export type TargetJob =
  | ColumnTargetJob
  /** A target for each of several outputs of the model, which has its name. */
  | { readonly type: 'several'; readonly outputs: readonly NamedTargetJob[] }
  /** The features themselves: an autoencoder. */
  | { readonly type: 'none' }
  /** The next token at every position of a text. */
  | { readonly type: 'next' }
  /** The tokens of a text of which a share is hidden (Devlin et al. 2019). */
  | { readonly type: 'masked'; readonly share: number };

/** What columns of a table say. */
export type ColumnTargetJob = PlacedTargetJob | SymbolsTargetJob;

/** Of one column what it says, of several each at its place. */
export type PlacedTargetJob =
  | {
      readonly type: 'class' | 'number' | 'binary';
      readonly column: ColumnJob;
      /** Names of the classes, in order; found in the data, or gathered from the participants, when undefined. */
      readonly classes?: readonly string[] | undefined;
      /** Of numbers: in what form the loss sees them; as they are when undefined. */
      readonly normalize?: ScaleJob | undefined;
    }
  /** Several numbers, or a class at each of several places. */
  | {
      readonly type: 'number' | 'class';
      readonly columns: readonly ColumnJob[];
      /** How they lie in one example; one axis when undefined. */
      readonly shape?: readonly number[] | undefined;
      readonly normalize?: ScaleJob | undefined;
    };

/** A label of characters that have no places of their own. */
export interface SymbolsTargetJob {
  readonly type: 'symbols';
  readonly column: ColumnJob;
  /** The most characters that a label has. */
  readonly length: number;
  /** The characters, in order; those of the table when undefined. */
  readonly classes?: readonly string[] | undefined;
}

export interface NamedTargetJob {
  readonly name: string;
  readonly target: ColumnTargetJob;
}

export interface TokensJob {
  readonly tokenizer: TokenizerJob;
  /** Tokens of one example. */
  readonly length: number;
  /** Of a text: tokens from the start of one window to the next. */
  readonly stride?: number | undefined;
  /** Of a table: the column that holds the text. */
  readonly column?: ColumnJob | undefined;
}

export type TokenizerJob =
  | { readonly kind: 'bytes' }
  /** The characters of the training part. */
  | { readonly kind: 'characters' }
  /** Byte pairs, learned from the training part, until there are `size` tokens. */
  | { readonly kind: 'bpe'; readonly size: number }
  /** A tokenizer.json, relative to the job file. */
  | { readonly kind: 'file'; readonly path: string };

/** Columns that the target takes. */
export function targetColumns(target: TargetJob): readonly ColumnJob[] {
  if (target.type === 'several') return target.outputs.flatMap((output) => targetColumns(output.target));
  if ('columns' in target) return target.columns;
  return 'column' in target ? [target.column] : [];
}

/** Numbers that a target has in a row: one for each column, or one for each symbol that a label may have. */
export function targetNumbers(target: ColumnTargetJob): number {
  return target.type === 'symbols' ? target.length : targetColumns(target).length;
}

/** How the numbers of a target are scaled before they are compared; undefined: they are not. */
export function scaleOf(target: TargetJob): ScaleJob | undefined {
  return 'normalize' in target ? target.normalize : undefined;
}

/** Whether mean and deviation of any target are wanted. */
export function standardizesTarget(target: TargetJob): boolean {
  return columnTargets(target).some((each) => scaleOf(each.target)?.kind === 'standardize');
}

/** Targets that columns hold, with the names of their outputs where there are several; none of tokens, or without a target. */
export function columnTargets(
  target: TargetJob,
): readonly { readonly name?: string; readonly target: ColumnTargetJob }[] {
  if (target.type === 'several') return target.outputs;
  return 'column' in target || 'columns' in target ? [{ target }] : [];
}
