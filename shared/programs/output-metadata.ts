import { z } from 'zod';
import { type TargetJob, targetColumns } from '../job/data-job.ts';
import type { SeveralTargets } from '../nn/specs.ts';

/** Metadata of a file of several outputs: what each says. */
export const OUTPUTS = 'tributary.outputs';

const described = z.array(
  z.object({
    name: z.string(),
    kind: z.enum(['class', 'number', 'binary', 'symbols']),
    classes: z.array(z.string()).optional(),
    /** The column of the training table, by name or number. */
    column: z.string().optional(),
    /** The columns, where it predicts several numbers. */
    columns: z.array(z.string()).optional(),
    /** Of labels that are read in steps: which number of a step is the blank. */
    blank: z.number().int().nonnegative().optional(),
    /** The graph's output, where it is called otherwise: by the file that was trained further. */
    value: z.string().optional(),
  }),
);

/** What one of several outputs says: classes, a number, yes and no, or a label. */
export type DescribedOutput = z.output<typeof described>[number];

/**
 * @param columns of the training table, by the output's name
 * @param options.called the graph's names of outputs that are not called as their targets
 * @param options.blanks of outputs that labels are read from, by name
 */
export function outputsText(
  { outputs }: SeveralTargets,
  columns: Readonly<Record<string, readonly string[]>> = {},
  {
    called = new Map(),
    blanks = {},
  }: {
    readonly called?: ReadonlyMap<string, string>;
    readonly blanks?: Readonly<Record<string, number>>;
  } = {},
): string {
  const list = outputs.map(({ name, target }): DescribedOutput => {
    const own = columns[name] ?? [];
    const value = called.get(name) ?? name;
    return {
      name,
      kind: target.kind,
      ...('classes' in target && { classes: [...target.classes] }),
      ...(target.kind === 'symbols' && { blank: blanks[name] ?? 0 }),
      ...(own.length === 1 && { column: own[0] }),
      ...(own.length > 1 && { columns: [...own] }),
      ...(value !== name && { value }),
    };
  });
  return JSON.stringify(list);
}

/** What a file says of its outputs; undefined where it is not of several, or the words are someone else's. */
export function parseOutputs(text: string | undefined): readonly DescribedOutput[] | undefined {
  if (text === undefined) return undefined;
  try {
    return described.parse(JSON.parse(text));
  } catch {
    // Someone else's metadata under our key.
    return undefined;
  }
}

/** The columns that a model predicts, as the metadata of an exported file names them: by name or number, in the order of the numbers. */
export interface PredictedColumns {
  readonly targetColumns?: readonly string[];
  /** Of several outputs: the columns of each, by the output's name. */
  readonly outputColumns?: Readonly<Record<string, readonly string[]>>;
}

export function predictedColumns(target: TargetJob): PredictedColumns {
  if (target.type !== 'several') {
    const columns = targetColumns(target).map(String);
    return columns.length === 0 ? {} : { targetColumns: columns };
  }
  const columns = target.outputs.map(({ name, target: own }) => [name, targetColumns(own).map(String)]);
  return { outputColumns: Object.fromEntries(columns) };
}

/** Metadata of a file with one output: the column that it predicts, or a JSON list of them. */
const TARGET_COLUMN = 'tributary.target_column';
const TARGET_COLUMNS = 'tributary.target_columns';

export function targetColumnMetadata(columns: readonly string[] = []): Readonly<Record<string, string>> {
  const [only] = columns;
  if (only === undefined) return {};
  return columns.length === 1 ? { [TARGET_COLUMN]: only } : { [TARGET_COLUMNS]: JSON.stringify(columns) };
}

/** What {@link targetColumnMetadata} wrote; empty where the file does not say it. */
export function parseTargetColumns(metadata: Readonly<Record<string, string>>): readonly string[] {
  const only = metadata[TARGET_COLUMN];
  if (only !== undefined) return [only];
  try {
    return z.array(z.string()).parse(JSON.parse(metadata[TARGET_COLUMNS] ?? '[]'));
  } catch {
    // Someone else's metadata under our key.
    return [];
  }
}
