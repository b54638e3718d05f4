import type { z } from 'zod';
import type { FeatureSpec, TargetSpec } from '../specs.ts';

/** A row of the registry of named models: a recipe that makes a list of layers from a few sizes. */
export interface ModelRow {
  /** Options with their defaults; unknown keys are refused. */
  readonly schema: z.ZodObject;
  readonly description: string;
  /** A YAML value for `model`. */
  readonly example: string;
  /**
   * The layers in a job file's own form, the last of them making what the target needs.
   *
   * @param shape of one example
   * @param outputs values of the last layer: classes of the target, 1, or all values of one example
   * @param data what comes in and what is predicted, whole; one number for each example when left out
   */
  layers(
    options: Readonly<Record<string, unknown>>,
    shape: readonly number[],
    outputs: number,
    data?: ModelData,
  ): readonly unknown[];
}

/** What a model is made for. */
export interface ModelData {
  readonly features: FeatureSpec;
  readonly target: TargetSpec;
}

export function model<S extends z.ZodObject>(
  row: Omit<ModelRow, 'schema' | 'layers'> & {
    readonly schema: S;
    layers(
      options: z.output<S>,
      shape: readonly number[],
      outputs: number,
      data: ModelData,
    ): readonly unknown[];
  },
): ModelRow & { readonly schema: S } {
  return {
    ...row,
    layers: (options, shape, outputs, data) =>
      row.layers(
        row.schema.parse(options),
        shape,
        outputs,
        data ?? { features: { shape, normalize: { kind: 'none' } }, target: { kind: 'number' } },
      ),
  };
}
