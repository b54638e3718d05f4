import { join, resolve } from 'node:path';
import { withRightConvolutions } from '../../shared/autodiff/portable/right-convolutions.ts';
import { MOST_FEATURE_NAMES } from '../../shared/data/feature-names.ts';
import { isImages } from '../../shared/data/images/image-job.ts';
import { lengthsOf } from '../../shared/data/row-lengths.ts';
import type { DataJob } from '../../shared/job/data-job.ts';
import { isGan } from '../../shared/nn/gan/networks.ts';
import { signatureOf } from '../../shared/nn/import/signature.ts';
import { latentsOf } from '../../shared/nn/losses/variational.ts';
import { positionsOf, type TargetSpec } from '../../shared/nn/specs.ts';
import { readModel } from '../../shared/onnx/read.ts';
import { blanksOf, type ExportMetadata, exportModel } from '../../shared/programs/export.ts';
import { predictedColumns } from '../../shared/programs/output-metadata.ts';
import { version as producerVersion } from '../../shared/version.ts';
import type { RunDescription } from '../run/description.ts';
import { type BestVersion, bestVersion } from '../store/best-version.ts';
import type { FileCheckpoint } from '../store/checkpoint-file.ts';
import type { Latest, RunReader } from '../store/read-run.ts';
import type { CommittedVersion } from '../store/store.ts';
import { choose, clusterOf, weightsIn } from './choose-weights.ts';
import { maxDifference, valueRange } from './compare.ts';
import { isComparable } from './compare-original.ts';
import { diverged } from './diverged.ts';
import { exportDecoder, handedOut } from './export-decoder.ts';
import { NonFiniteError } from './export-error.ts';
import { type ExportedGeneration, exportGeneration } from './export-generation.ts';
import { exportTokenizer } from './export-tokenizer.ts';
import { writeModelChecked } from './write-model.ts';

export interface ExportOptions {
  /** The file to write; by default `model.onnx` in the run's folder. */
  readonly out?: string;
  /** Which commit: the newest, or the best by the job's checkpoint metric. */
  readonly version?: 'last' | 'best';
  /** Names of inputs and outputs: those of the file that the run began with, or our own. `original` where there is one. */
  readonly signature?: 'original' | 'tributary';
  /** Of a run with several models (IFCA): which one, from 0. */
  readonly cluster?: number;
  /** Whether convolutions that WebGPU's provider computes wrongly are written in another way. */
  readonly webGpu?: boolean;
  /** Bytes of a file from which on its weights are written into one beside it: those of a protobuf message, where left out. */
  readonly mostBytes?: number;
}

export interface ExportedModel {
  readonly file: string;
  /** Of the model, with its data. */
  readonly bytes: number;
  /** The file beside it with its weights, where one would be too large. */
  readonly data?: string;
  /** Convolutions of the file that ONNX Runtime's WebGPU provider computes wrongly, without a word. */
  readonly wrongOnWebGpu: number;
  /** Where `webGpu` was asked for: convolutions that are written in another way for it. */
  readonly rewrittenForWebGpu?: number;
  /** The tokenizer.json beside it, where the features are tokens. */
  readonly tokenizer?: string;
  /** Of a run on text: the model that writes token by token, or why there is none. */
  readonly generation?: ExportedGeneration;
  /** Of a variational autoencoder: the file of its decoder. */
  readonly decoder?: string;
  /** The model is the generator of a GAN. */
  readonly generator?: true;
  /** The model says something of every place of a row: `predict`, which has one answer per row, is not for it. */
  readonly places?: true;
  readonly version: number;
  readonly round: number;
  readonly metrics: Readonly<Record<string, number>>;
  /** The best of the commits by the job's `checkpoint.best`, where it has one: this one or another. */
  readonly best?: BestVersion;
  /** Largest absolute difference of an output on the rows compared, between the file and the trained weights. */
  readonly maxDifference: number;
  readonly rowsCompared: number;
  /** One sentence for each newer checkpoint that was passed over. */
  readonly damaged: readonly string[];
}

/**
 * Writes the inference model of a run, after it was checked against the trained weights on rows of the run's data.
 *
 * @throws ExportError; NotInRunError when the run has not what is asked for
 */
export async function exportRun(
  store: RunReader,
  description: RunDescription,
  options: ExportOptions,
): Promise<ExportedModel> {
  const { job } = description;
  const chosen = await choose(store, options.version ?? 'last', job.checkpoint.best);
  try {
    return await exportChosen(store, description, options, chosen);
  } catch (error) {
    if (!(error instanceof NonFiniteError)) throw error;
    throw diverged(error, store, job.checkpoint.best, chosen.committed);
  } finally {
    await chosen.checkpoint.close();
  }
}

async function exportChosen(
  store: RunReader,
  description: RunDescription,
  options: ExportOptions,
  { committed, checkpoint, damaged }: Latest<FileCheckpoint>,
): Promise<ExportedModel> {
  const { layout, recipe, job } = description;
  const model = handedOut(description);
  const given = { ...description, model };
  const { vectors } = checkpoint;
  const values = clusterOf(job.strategy, options.cluster, vectors) ?? weightsIn(vectors);
  const metrics = metricsFor(store, committed);
  const signature = signatureOf(model);
  const form = signature && options.signature !== 'tributary' ? 'original' : 'own';
  const { categories, names } = description.manifest.features;
  const lengths = lengthsOf(job.data, description.manifest.features);
  const details: ExportMetadata = {
    target: recipe.target,
    run: store.run.id,
    round: committed.round,
    version: versionName(committed),
    metrics,
    licence: job.data.licence,
    ...(hasNames(job.data, names) && { featureColumns: names }),
    ...(isImages(job.data) && { images: true }),
    ...(categories && { categories: categories.map((known) => ({ ...known, name: names[known.column]! })) }),
    ...predictedColumns(job.data.target),
    ...blanksOf(job.loss),
    ...(lengths && { lengths }),
    producerVersion,
    ...((isGan(description.model) || latentsOf(model).length > 0) && { range: valueRange(description) }),
  };
  const exported = exportModel(model, layout, values, details, form);
  const right = withRightConvolutions(exported);
  // A file of 16-bit floats rounds what goes in: compared is the same model in 32 bits.
  const isExact = form === 'own' || isComparable(signature!);
  const file = resolve(options.out ?? join(store.directory, 'model.onnx'));
  const best = bestVersion(store, job.checkpoint.best);
  const { found, bytes, data } = await writeModelChecked(
    file,
    options.webGpu ? right.model : exported,
    (written) =>
      isExact
        ? maxDifference(readModel(written), values, given, form)
        : maxDifference(exportModel(model, layout, values, details), values, given),
    options.mostBytes,
  );
  const tokenizer = await exportTokenizer(description, file);
  const generation = await exportGeneration(description, file);
  const decoder = await exportDecoder(description, values, details, file, options.webGpu ?? false);
  return {
    file,
    ...(tokenizer !== undefined && { tokenizer }),
    ...(generation !== undefined && { generation }),
    ...(decoder !== undefined && { decoder }),
    ...(isGan(description.model) && { generator: true }),
    ...(saysOfPlaces(recipe.target) && { places: true }),
    bytes,
    ...(data !== undefined && { data }),
    ...(options.webGpu
      ? { wrongOnWebGpu: 0, rewrittenForWebGpu: right.count }
      : { wrongOnWebGpu: right.count }),
    version: committed.version,
    round: committed.round,
    metrics,
    ...(best && { best }),
    damaged,
    ...found,
  };
}

/** What an exported file says of the commit that it is of, as `tributary.version`. */
export function versionName({ incarnation, version, hash }: CommittedVersion): string {
  return `${incarnation}.${version}.${hash.slice(0, 12)}`;
}

/** Whether the features are columns that a header names. */
function hasNames({ format, tokens }: DataJob, names: readonly string[]): boolean {
  const isNamed = format.type === 'csv' && format.header && !tokens;
  return isNamed && names.length > 0 && names.length <= MOST_FEATURE_NAMES;
}

function saysOfPlaces(target: TargetSpec): boolean {
  if (target.kind === 'several') return target.outputs.some((output) => saysOfPlaces(output.target));
  return target.kind === 'class' && positionsOf(target).length > 0;
}

/** Of the evaluation of this very version, else of the newest one before it. */
function metricsFor(store: RunReader, committed: CommittedVersion): Readonly<Record<string, number>> {
  if (Object.keys(committed.metrics).length > 0) return committed.metrics;
  const evaluations = store.evaluations().filter((row) => row.round <= committed.round);
  return evaluations.at(-1)?.metrics ?? {};
}
