import { lengthsOf } from '../../shared/data/row-lengths.ts';
import type { Model } from '../../shared/onnx/model.ts';
import { writeModel } from '../../shared/onnx/write.ts';
import { blanksOf, exportModel } from '../../shared/programs/export.ts';
import { predictedColumns } from '../../shared/programs/output-metadata.ts';
import { version } from '../../shared/version.ts';
import type { TrainerContext } from './context.ts';

/** What a member knows of a run whose model it takes with it. */
export interface TakenFrom {
  readonly run: string;
  readonly round: number;
}

/** The weights that the trainer holds, with what stays with the member in its place, as an ordinary ONNX file. */
export function takeModel(
  model: Model,
  { layout, parameters, recipe, loader }: TrainerContext,
  { run, round }: TakenFrom,
): Uint8Array {
  const { categories, names } = loader.manifest.features;
  const lengths = lengthsOf(recipe.data, loader.manifest.features);
  const exported = exportModel(model, layout, parameters.view, {
    target: recipe.target,
    run,
    round,
    version: 'as a participant has it',
    metrics: {},
    licence: recipe.data.licence,
    ...(categories && { categories: categories.map((known) => ({ ...known, name: names[known.column]! })) }),
    ...predictedColumns(recipe.data.target),
    ...blanksOf(recipe.loss),
    ...(lengths && { lengths }),
    producerVersion: version,
  });
  return writeModel(exported);
}
