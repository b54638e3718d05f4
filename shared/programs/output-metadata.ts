import { z } from 'zod';
import { type ColumnJob, type TargetJob, targetColumns } from '../job/data-job.ts';
import type { SeveralTargets } from '../nn/specs.ts';

/** Metadata of a file of several outputs: what each says. */
export const OUTPUTS = 'tributary.outputs';

const described = z.array(
  z.object({
    name: z.string(),
    kind: z.enum(['class', 'number', 'binary']),
    classes: z.array(z.string()).optional(),
    /** The column of the training table, by name or number. */
    column: z.string().optional(),
  }),
);

/** What one of several outputs says: classes, a number, or yes and no. */
export type DescribedOutput = z.output<typeof described>[number];

export function outputsText(
  { outputs }: SeveralTargets,
  columns: Readonly<Record<string, string>> = {},
): string {
  const list = outputs.map(
    ({ name, target }): DescribedOutput => ({
      name,
      kind: target.kind,
      ...('classes' in target && { classes: [...target.classes] }),
      ...(columns[name] !== undefined && { column: columns[name] }),
    }),
  );
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

/** The columns that a model predicts, as the metadata of an exported file names them: only those that are one for a target. */
export function predictedColumns(target: TargetJob): {
  readonly targetColumn?: string;
  readonly outputColumns?: Readonly<Record<string, string>>;
} {
  if (target.type !== 'several') {
    const column = onlyOne(targetColumns(target));
    return column === undefined ? {} : { targetColumn: column };
  }
  const columns = target.outputs.flatMap(({ name, target: own }) => {
    const column = onlyOne(targetColumns(own));
    return column === undefined ? [] : [[name, column] as const];
  });
  return { outputColumns: Object.fromEntries(columns) };
}

function onlyOne(columns: readonly ColumnJob[]): string | undefined {
  return columns.length === 1 ? String(columns[0]) : undefined;
}
