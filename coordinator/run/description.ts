import type { DatasetFile } from '../../node/data/block-file.ts';
import type { DatasetManifest, OutputTarget, Statistics } from '../../shared/data/dataset.ts';
import { columnTargets, scaleOf, type TargetJob } from '../../shared/job/data-job.ts';
import type { Job, LossJob } from '../../shared/job/job.ts';
import type { EpochsJob } from '../../shared/job/strategy-job.ts';
import { PHASES } from '../../shared/nn/gan/networks.ts';
import { checkBlank } from '../../shared/nn/losses/ctc.ts';
import { buildModel, type FeatureSpec, type TargetSpec } from '../../shared/nn/model.ts';
import { perturbed } from '../../shared/nn/perturbed.ts';
import { type NamedTarget, outputsFor, type Scale } from '../../shared/nn/specs.ts';
import { inMemory } from '../../shared/onnx/byte-source.ts';
import type { ModelFile } from '../../shared/onnx/external-data.ts';
import type { Model } from '../../shared/onnx/model.ts';
import type { ParameterLayout } from '../../shared/parameters/layout.ts';
import { layoutOf } from '../../shared/parameters/layout-of.ts';
import { ganTrainingProgram } from '../../shared/programs/gan-train.ts';
import type { Plan, Recipe } from '../../shared/programs/recipe.ts';
import { createStrategy } from '../strategies/create.ts';
import { memberState } from '../strategies/member-state.ts';
import type { Strategy } from '../strategies/strategy.ts';
import { Blobs, type Content } from './blobs.ts';
import { readingWeights } from './kept-model.ts';
import { type CutOptions, sentModel } from './sent-model.ts';

/** All of a run that does not change while it trains, and what of it travels: content-addressed blobs. */
export interface RunDescription {
  readonly job: Job;
  readonly data: DatasetFile;
  readonly manifest: DatasetManifest;
  readonly model: Model;
  readonly layout: ParameterLayout;
  readonly recipe: Recipe;
  /** Hashes by name, for the Welcome; each is computed when it is first looked at. */
  readonly blobs: Readonly<Record<'model' | 'recipe' | 'manifest', string>>;
  /** The bytes of a blob, of what it refers to, or of a block of rows; undefined when the hash is not one of this run's. */
  blob(hash: string): Uint8Array | undefined;
  /** The job's own strategy, where it names a module. */
  readonly strategy?: Strategy | undefined;
  /** The same graph with initial weights of another seed for each name: for strategies that train several models. */
  otherModels(names: readonly string[]): Readonly<Record<string, Model>>;
}

/** What of it a coordinator needs to train; the rest is for opening and exporting the run. */
export type CoordinatedRun = Pick<
  RunDescription,
  'job' | 'manifest' | 'model' | 'layout' | 'blobs' | 'blob' | 'strategy'
> &
  Partial<Pick<RunDescription, 'otherModels'>>;

/**
 * Builds the forward graph for the data, and the recipe that goes with it.
 *
 * @param onnx the model file, or its bytes, or of a GAN's judge, when the job names one (`onnxFileOf`)
 * @param strategy that a module of the job's made
 * @param cut how the model is cut up for members
 * @throws ModelBuildError when model and data do not fit
 */
export function describeRun(
  job: Job,
  data: DatasetFile,
  onnx: Uint8Array | ModelFile | undefined,
  strategy?: Strategy,
  cut?: CutOptions,
): RunDescription {
  const { manifest } = data;
  const features = featureSpec(job, manifest);
  const target = targetSpec(manifest, job.data.target);
  const given = { ...filesOf(job, onnx), loss: job.loss };
  const model = buildModel(job.model, features, target, job.seed, given);
  const layout = layoutOf(model);
  // Fails here, with the job's words, and not at the first member.
  if (job.loss.kind === 'gan') for (const phase of PHASES) ganTrainingProgram(model, job.loss, phase);
  checkBlanks(job.loss, target, features);
  const state = memberState(strategy ?? createStrategy(job.strategy, job, layout), {
    federated: job.data.heldBy === 'members',
    wire: job.wire,
  });
  const recipe: Recipe = {
    loss: job.loss,
    target,
    optimizer: job.optimizer,
    clipNorm: job.clipNorm,
    ...(job.evaluate.metrics?.length && { metrics: job.evaluate.metrics }),
    ...(job.memory && { memory: job.memory }),
    plan: planOf(job),
    ...(state && { state }),
    seed: job.seed,
    data: job.data,
  };
  const file = onnx instanceof Uint8Array ? undefined : onnx?.source.place?.path;
  const blobs = new Blobs(
    {
      model: sentModel(model, cut),
      recipe: () => asJson(recipe),
      manifest: () => asJson(manifest),
    },
    (read) => (file === undefined ? read() : readingWeights(file, read)),
  );
  return {
    job,
    data,
    manifest,
    model,
    layout,
    recipe,
    strategy,
    otherModels: (names) =>
      Object.fromEntries(
        names.map((name, index) => {
          const seed = job.seed + index + 1;
          const other = buildModel(job.model, features, target, seed, given);
          return [name, job.model.kind === 'onnx' ? perturbed(other, seed) : other];
        }),
      ),
    blobs: blobs.hashes,
    blob: (hash) => {
      const known = blobs.find(hash);
      if (known) return known;
      const block = data.indexOf(hash);
      return block === undefined ? undefined : data.readBlock(block);
    },
  };
}

/** @throws ModelBuildError where a blank is none of the outputs */
function checkBlanks(loss: LossJob, target: TargetSpec, features: FeatureSpec): void {
  if (loss.kind === 'ctc' && target.kind === 'symbols') checkBlank(loss.blank, outputsFor(target, features));
  if (loss.kind !== 'sum' || target.kind !== 'several') return;
  for (const { output, loss: own } of loss.terms) {
    const single = target.outputs.find(({ name }) => name === output)?.target;
    if (own.kind === 'ctc' && single) checkBlank(own.blank, outputsFor(single, features), output);
  }
}

function asJson(value: unknown): Content {
  return { message: [inMemory(new TextEncoder().encode(JSON.stringify(value)))] };
}

/** What participants are shown of it. */
function planOf({ strategy, rounds, epochs, batch, data }: Job): Plan {
  const work = {
    ...('epochs' in strategy && { epochs: mostEpochs(strategy.epochs) }),
    ...('steps' in strategy && strategy.steps !== undefined && { steps: strategy.steps }),
    batch,
  };
  return { strategy: strategy.kind, rounds, epochs, ...(data.heldBy && { work }) };
}

function mostEpochs(epochs: EpochsJob | undefined): number | undefined {
  return epochs === undefined || typeof epochs === 'number' ? epochs : Math.max(epochs.start, epochs.end);
}

/** The ONNX file that a job names: its model, or the judge of a GAN. It has one at most. */
export function onnxFileOf({ model, evaluate }: Job): string | undefined {
  return model.kind === 'onnx' ? model.path : evaluate.judge?.onnx;
}

function filesOf({ model, evaluate }: Job, onnx: Uint8Array | ModelFile | undefined) {
  if (!onnx) return {};
  if (model.kind === 'onnx') return { onnx };
  const value = evaluate.judge?.features;
  return { judge: { onnx, ...(value !== undefined && { value }) } };
}

export function featureSpec(job: Job, manifest: DatasetManifest): FeatureSpec {
  const { shape, normalize } = job.data.features;
  const { tokens, count } = manifest.features;
  if (tokens) {
    const { vocabulary } = tokens;
    return { shape: [count], type: 'int32', vocabulary, normalize: { kind: 'none' } };
  }
  const categories = manifest.features.categories?.map(({ column, words }) => ({
    column,
    size: words.length + 1,
  }));
  const { lengths: column } = manifest.features;
  return {
    ...(categories && { categories }),
    ...(column !== undefined && { lengths: { column, axis: job.data.features.lengths?.axis ?? 0 } }),
    shape: shape ?? [manifest.features.count - (column === undefined ? 0 : 1)],
    normalize:
      normalize.kind === 'standardize' ? standardize(withoutColumn(manifest.statistics, column)) : normalize,
  };
}

/** Of a row that says how long it is: its length is no feature. */
function withoutColumn({ mean, deviation }: Statistics, length: number | undefined): Statistics {
  const isFeature = (_: number, column: number): boolean => column !== length;
  return { mean: mean.filter(isFeature), deviation: deviation.filter(isFeature) };
}

function standardize({ mean, deviation }: Statistics): Scale {
  return { kind: 'standardize', mean, deviation };
}

/** @param job how the targets' numbers are scaled; what the table has of them is in the manifest */
export function targetSpec(manifest: DatasetManifest, job: TargetJob): TargetSpec {
  const { target, features, statistics } = manifest;
  if (target.kind === 'none') return { kind: target.kind };
  if (target.kind === 'next' || target.kind === 'masked')
    return { kind: 'class', classes: target.classes!, dims: [features.count] };
  if (target.kind === 'several') {
    let start = 0;
    const outputs = target.outputs!.map((each, at) => {
      const scale = columnScale(columnTargets(job)[at]?.target, statistics.target, start, each.count);
      start += each.count ?? 1;
      return { name: each.output, target: columnTarget(each, scale) };
    });
    return { kind: target.kind, outputs };
  }
  const scale = columnScale(job, statistics.target, 0, target.count);
  return columnTarget({ ...target, kind: target.kind }, scale);
}

/** @param start of the target's numbers in a row of all; @param count of them */
function columnScale(
  job: TargetJob | undefined,
  { mean, deviation }: Statistics = { mean: [], deviation: [] },
  start: number,
  count = 1,
): Scale | undefined {
  const scale = job && scaleOf(job);
  if (scale?.kind !== 'standardize') return scale;
  const own = (numbers: readonly number[]) => numbers.slice(start, start + count);
  return standardize({ mean: own(mean), deviation: own(deviation) });
}

function columnTarget(
  {
    kind,
    classes,
    count,
    shape,
    steps,
  }: Pick<OutputTarget, 'kind' | 'classes' | 'count' | 'shape' | 'steps'>,
  normalize: Scale | undefined,
): NamedTarget['target'] {
  if (kind === 'symbols') return { kind, classes: classes!, dims: [count ?? 1], steps: steps! };
  const dims = shape ?? (count === undefined ? undefined : [count]);
  if (kind === 'number') return { kind, ...(dims && { dims }), ...(normalize && { normalize }) };
  if (kind === 'binary') return { kind, classes: [classes![0]!, classes![1]!] };
  return { kind, classes: classes!, ...(dims && { dims }) };
}

/** Numbers that training changes, padding not counted. */
export function trainableParameters(layout: ParameterLayout): number {
  return layout.entries
    .filter((entry) => entry.section === 'trainable')
    .reduce((sum, entry) => sum + entry.length, 0);
}

/** Optimizer steps of the whole run, for the learning-rate schedule. */
export function totalSteps(job: Job, manifest: DatasetManifest): number {
  const examples = manifest.rows - manifest.test.rows;
  const batch = job.strategy.kind === 'synchronous' ? job.batch : job.batch * localSteps(job);
  return job.rounds ?? job.epochs! * Math.ceil(examples / batch);
}

/** Optimizer steps of a member in one round. */
export function localSteps(job: Job): number {
  return 'steps' in job.strategy ? (job.strategy.steps ?? 1) : 1;
}
