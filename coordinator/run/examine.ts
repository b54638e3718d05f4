import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { DatasetFile } from '../../node/data/block-file.ts';
import { ingest } from '../../node/data/ingest.ts';
import { withClasses } from '../../shared/data/declared.ts';
import { needsSurvey, type OpenTarget, surveyed } from '../../shared/data/survey.ts';
import type { Job } from '../../shared/job/job.ts';
import { type ImportedModel, importForTraining } from '../../shared/nn/import/import.ts';
import { ModelBuildError } from '../../shared/nn/model-build-error.ts';
import type { TargetSpec } from '../../shared/nn/specs.ts';
import type { Model, ValueInfo } from '../../shared/onnx/model.ts';
import { createStrategy } from '../strategies/create.ts';
import { personalNote } from '../strategies/personal.ts';
import { dataHints } from './data-hints.ts';
import { featureSpec, type RunDescription, trainableParameters } from './description.ts';
import { DATA, prepare, tableOptions } from './prepare.ts';
import { misjudged, moreClasses, presumed } from './presumed.ts';

/** What a job would train, without starting it. */
export interface ExaminedJob {
  /** What is right, and most likely not what was meant. */
  readonly hints: readonly string[];
  readonly training: number;
  readonly test: number;
  readonly features: number;
  /** Undefined for numbers, and where the participants' rows tell them. */
  readonly classes: readonly string[] | undefined;
  /** Of labels of symbols: at how many steps the model reads them. */
  readonly steps: number | undefined;
  /** The same of several outputs, of those that are labels. */
  readonly labels: readonly { readonly output: string; readonly steps: number; readonly symbols: number }[];
  /** Trainable numbers; undefined where the participants' rows tell how many. */
  readonly parameters: number | undefined;
  /** Of classes that the participants' rows tell: how many the model has outputs for, where it says so. */
  readonly outputs: number | undefined;
  /** What stays with the members, where something does. */
  readonly personal: string | undefined;
  /** What was found in the job's ONNX file. */
  readonly imported: Pick<ImportedModel, 'weights' | 'head' | 'notes'> | undefined;
}

/**
 * Reads a job's data and builds its model, as a run would, and keeps nothing of it.
 *
 * @throws DataError, ModelBuildError: what does not fit
 */
export async function examineJob(job: Job, jobFile: string): Promise<ExaminedJob> {
  const scratch = await mkdtemp(join(tmpdir(), 'tributary-check-'));
  try {
    const { description, onnx, outputs } = await look(job, resolve(jobFile), scratch);
    const open = surveyed(job.data);
    const { manifest, model, layout, data, recipe } = description;
    const hints = dataHints(job, data);
    data.close();
    return {
      hints,
      training: manifest.rows - manifest.test.rows,
      test: manifest.test.rows,
      features: manifest.features.count - (manifest.features.lengths === undefined ? 0 : 1),
      classes: open.classes ? undefined : manifest.target.classes,
      steps: recipe.target.kind === 'symbols' ? stepsOf(model.graph.outputs[0]!) : undefined,
      labels: labelsOf(model, recipe.target),
      parameters:
        (open.classes && outputs === undefined) || open.words ? undefined : trainableParameters(layout),
      outputs,
      personal: personalNote(layout, description.strategy ?? createStrategy(job.strategy, job, layout)),
      imported:
        onnx && job.model.kind === 'onnx'
          ? importForTraining(onnx, featureSpec(job, manifest), recipe.target, job.model, job.seed)
          : undefined,
    };
  } finally {
    await rm(scratch, { recursive: true, force: true });
  }
}

/** The model's output is [batch, steps, symbols and the blank]: building it made sure. */
function stepsOf({ dims }: ValueInfo): number {
  return dims[1] as number;
}

function labelsOf({ graph }: Model, target: TargetSpec): ExaminedJob['labels'] {
  if (target.kind !== 'several') return [];
  return target.outputs.flatMap(({ name, target: own }) => {
    const value = graph.outputs.find((output) => output.name === name);
    if (own.kind !== 'symbols' || !value) return [];
    return [{ output: name, steps: stepsOf(value), symbols: own.classes.length }];
  });
}

/**
 * Prepares a simulated run in a folder of its own, which is removed afterwards, to see what it would begin with.
 *
 * @throws DataError, ModelBuildError: what does not fit
 */
export async function tryOut<T>(
  job: Job,
  jobFile: string,
  look: (description: RunDescription, scratch: string) => Promise<T>,
): Promise<T> {
  const scratch = await mkdtemp(join(tmpdir(), 'tributary-check-'));
  try {
    const { description } = await prepare(job, resolve(jobFile), scratch, { simulated: true });
    try {
      return await look(description, scratch);
    } finally {
      description.data.close();
    }
  } finally {
    await rm(scratch, { recursive: true, force: true });
  }
}

/** Before a survey says what there is: a model that says by its outputs how many classes it is for is right. */
async function look(
  job: Job,
  jobFile: string,
  scratch: string,
): Promise<Awaited<ReturnType<typeof prepare>> & { readonly outputs?: number }> {
  if (!needsSurvey(job.data)) return prepare(job, jobFile, scratch);
  let declared = presumed(job.data);
  let only: number | undefined;
  // Each attempt but the last shows another target that has more classes.
  for (let left = surveyed(job.data).targets.length; ; left--) {
    try {
      const prepared = await prepare(job, jobFile, scratch, { declared });
      return { ...prepared, ...(only !== undefined && { outputs: only }) };
    } catch (error) {
      const open = left > 0 ? misjudged(error, job.data) : undefined;
      if (!open) throw error;
      const found = job.data.source === '' ? [] : await classesHere(job, jobFile, scratch, open, error);
      const classes = moreClasses(error, found);
      declared = withClasses(declared, open, classes);
      if (open.name === undefined) only = classes.length;
    }
  }
}

/** Of the coordinator's own rows. @param cause why they are wanted, thrown when it is the rows themselves that are wrong */
async function classesHere(
  job: Job,
  jobFile: string,
  scratch: string,
  open: OpenTarget,
  cause: unknown,
): Promise<readonly string[]> {
  if (!(cause instanceof ModelBuildError)) throw cause;
  const options = tableOptions(job, presumed(job.data));
  const { directory } = await ingest(job.data, dirname(jobFile), join(scratch, DATA), job.seed, options);
  const data = await DatasetFile.open(directory);
  data.close();
  const { classes, outputs } = data.manifest.target;
  return (open.name === undefined ? classes : outputs?.[open.index]?.classes) ?? [];
}
