import type { z } from 'zod';

/** A row of the registry of named models: a recipe that makes a list of layers from a few sizes. */
export interface ModelRow {
  /** Options with their defaults; unknown keys are refused. */
  readonly schema: z.ZodObject;
  readonly description: string;
  /** A YAML value for `model`. */
  readonly example: string;
  /**
   * The layers in a job file's own form, the last of them making `outputs` values.
   *
   * @param shape of one example
   * @param outputs classes of the target, or 1
   */
  layers(
    options: Readonly<Record<string, unknown>>,
    shape: readonly number[],
    outputs: number,
  ): readonly unknown[];
}

export function model<S extends z.ZodObject>(
  row: Omit<ModelRow, 'schema' | 'layers'> & {
    readonly schema: S;
    layers(options: z.output<S>, shape: readonly number[], outputs: number): readonly unknown[];
  },
): ModelRow {
  return {
    ...row,
    layers: (options, shape, outputs) => row.layers(row.schema.parse(options), shape, outputs),
  };
}
