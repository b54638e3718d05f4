import { createEngine } from '../../engines/create.ts';
import type { Engine } from '../../engines/engine.ts';
import { openModelFile } from '../../node/files/model-file.ts';
import { targetCount } from '../../shared/data/dataset.ts';
import { RowReader } from '../../shared/data/row-reader.ts';
import { buildModel } from '../../shared/nn/model.ts';
import type { TargetSpec } from '../../shared/nn/specs.ts';
import type { Model } from '../../shared/onnx/model.ts';
import { readModel } from '../../shared/onnx/read.ts';
import { float32 } from '../../shared/onnx/tensor.ts';
import { generationModel } from '../../shared/programs/generate.ts';
import { featureSpec, type RunDescription } from '../run/description.ts';
import { CachedSteps } from './cached-steps.ts';
import { writeModelChecked } from './write-model.ts';

/** Places that are compared: a difference over time shows within the first few. */
const PLACES = 64;
/** Rounding, as between any two orders of adding. */
const TOLERANCE = 1e-3;

/** `shakespeare.onnx` to `shakespeare-generate.onnx`. */
export function generationFileOf(model: string): string {
  return `${model.replace(/\.onnx$/i, '')}-generate.onnx`;
}

/** What became of the model that writes text: its file, or why there is none. */
export type ExportedGeneration = { readonly file: string } | { readonly reason: string };

/**
 * Writes the model that writes text token by token beside the model of a run on text, after its logits were compared with
 * the whole graph's on held-out text. Layers that look back otherwise than by attention make no such model; then text is
 * written with the whole graph.
 *
 * @param file the exported model's
 * @returns undefined where the run is not on text
 */
export async function exportGeneration(
  description: RunDescription,
  file: string,
): Promise<ExportedGeneration | undefined> {
  const { job, manifest } = description;
  if (manifest.target.kind !== 'next') return undefined;
  if (job.model.kind === 'onnx') return { reason: "the job's model is an ONNX file, not layers" };
  const whole = readModel(openModelFile(file));
  let model: Model;
  try {
    model = generationModel(whole, singleToken(description));
  } catch (error) {
    return { reason: error instanceof Error ? error.message : String(error) };
  }
  const engine = await createEngine('cpu', { threads: 1 });
  try {
    const difference = await compare(engine, description, whole, model);
    if (!(difference <= TOLERANCE))
      return { reason: `token by token its logits would differ by ${difference}` };
  } finally {
    await engine.close();
  }
  const written = generationFileOf(file);
  await writeModelChecked(written, model, async () => {});
  return { file: written };
}

/** The job's layers for one token. */
function singleToken({ job, manifest, recipe }: RunDescription): Model {
  const target = { ...recipe.target, dims: [1] } as TargetSpec;
  return buildModel(job.model, { ...featureSpec(job, manifest), shape: [1] }, target, job.seed);
}

async function compare(
  engine: Engine,
  description: RunDescription,
  whole: Model,
  model: Model,
): Promise<number> {
  const { manifest } = description;
  const tokens = lastWindow(description);
  const time = tokens.length;
  const classes = manifest.target.classes!.length;
  const expected = new Float32Array(time * classes);
  const executable = await engine.compile({ model: whole, seldom: true });
  await executable.run(
    { [whole.graph.inputs[0]!.name]: { type: 'int32', dims: [1, time], data: tokens } },
    { [whole.graph.outputs[0]!.name]: float32([1, time, classes], expected) },
  );
  await executable.release();
  const steps = await CachedSteps.load(engine, model);
  let difference = 0;
  for (const [at, token] of tokens.subarray(0, PLACES).entries()) {
    const logits = await steps.step(token);
    for (const [index, value] of logits.entries()) {
      const wanted = expected[at * classes + index]!;
      const relative = Math.abs(value - wanted) / Math.max(1, Math.abs(wanted));
      if (!(relative <= difference)) difference = relative;
    }
  }
  await steps.release();
  return difference;
}

function lastWindow({ data, manifest }: RunDescription): Int32Array {
  const reader = new RowReader(manifest, (index) => data.readBlock(index));
  const features = new Int32Array(manifest.features.count);
  reader.gather([manifest.rows - 1], features, new Int32Array(targetCount(manifest.target)));
  return features;
}
