import { createEngine } from '../../engines/create.ts';
import type { Engine } from '../../engines/engine.ts';
import { targetCount } from '../../shared/data/dataset.ts';
import { RowReader } from '../../shared/data/row-reader.ts';
import { LATENT } from '../../shared/nn/gan/networks.ts';
import { signatureOf } from '../../shared/nn/import/signature.ts';
import { probabilitiesOf } from '../../shared/nn/specs.ts';
import type { Model } from '../../shared/onnx/model.ts';
import { sizeOf, type Tensor } from '../../shared/onnx/tensor.ts';
import type { ParameterLayout } from '../../shared/parameters/layout.ts';
import { predictionProgram } from '../../shared/programs/predict.ts';
import type { RunDescription } from '../run/description.ts';
import { originalFeeds } from './compare-original.ts';
import { latents } from './draw.ts';
import { drawnRows } from './drawn-rows.ts';
import { ExportError, NonFiniteError } from './export-error.ts';

/** Rows that are compared before a model is handed over: held-out ones where there are any. */
const ROWS = 256;
/** Fewer, where a row has a logit for every word at every place. */
const VALUES = 16 * 1024 * 1024;
/** Largest difference that rounding explains: the file folds constants that the program does not. */
const TOLERANCE = 1e-4;

/**
 * Runs the exported file and the prediction program with the trained weights on the same rows. Adapters that the file has
 * merged are still apart in the program.
 *
 * @param exported as it was written: opened from its file it is never in memory as a whole
 * @param values the trained weights, which are read when the file has given its answers and is closed
 * @param form under which names the file takes its inputs
 * @throws ExportError when an output differs by more than rounding; NonFiniteError when the trained weights give no numbers
 */
export async function maxDifference(
  exported: Model,
  values: Tensor,
  description: RunDescription,
  form: 'own' | 'original' = 'own',
): Promise<{ readonly maxDifference: number; readonly rowsCompared: number }> {
  const { manifest, model, layout, recipe } = description;
  const program = predictionProgram(model, recipe.target);
  const perRow = Math.max(...program.predictions.map(({ dims }) => sizeOf(dims)));
  const most = Math.min(manifest.rows || ROWS, ROWS, Math.floor(VALUES / perRow));
  const count = Math.max(1, most);
  const features =
    program.features.name === LATENT
      ? latents(description.job.seed, count, sizeOf(program.features.dims))
      : lastRows(description, count);
  const outputs = program.predictions.map((output) => ({ name: output.name, dims: [count, ...output.dims] }));
  const engine = await createEngine('cpu', { threads: 1 });
  try {
    const feed: Record<string, Tensor> = {
      [program.features.name]: {
        type: program.features.type,
        dims: [count, ...program.features.dims],
        data: features,
      },
    };
    const signature = form === 'original' ? signatureOf(model) : undefined;
    let feeds = feed;
    let wanted = outputs.map((output, at) => ({ ...output, at }));
    if (signature) {
      feeds = await originalFeeds(engine, model, signature, feed[program.features.name]!);
      // Probabilities, where the file ends in its own softmax or sigmoid.
      const isSeveral = recipe.target.kind === 'several';
      wanted = signature.outputs.map(({ name, value, activation }) => {
        const probabilities = isSeveral ? probabilitiesOf(value) : 'probabilities';
        const standing = activation ? probabilities : value;
        const at = outputs.findIndex((output) => output.name === standing);
        return { name, dims: outputs[at]!.dims, at };
      });
    }
    const actual = await run(engine, exported, feeds, wanted);
    const trained = values.data as Float32Array;
    const weights = weightsOf(layout, program.model, trained);
    const expected = await run(engine, program.model, { ...feed, ...weights }, outputs);
    refuseNonFinite(outputs, expected, trained);
    const difference = wanted.reduce(
      (most, { name, at }, index) => Math.max(most, compare(name, expected[at]!, actual[index]!)),
      0,
    );
    return { maxDifference: difference, rowsCompared: count };
  } finally {
    await engine.close();
  }
}

/** The weights that a program takes as inputs: views of the whole vector. */
export function weightsOf(
  layout: ParameterLayout,
  { graph }: Model,
  values: Float32Array,
): Record<string, Tensor> {
  const inputs = new Set(graph.inputs.map((input) => input.name));
  return Object.fromEntries(
    layout.entries
      .filter((entry) => inputs.has(entry.name))
      .map((entry): [string, Tensor] => [
        entry.name,
        {
          type: 'float32',
          dims: entry.dims,
          data: values.subarray(entry.offset, entry.offset + entry.length),
        },
      ]),
  );
}

/** Smallest and largest number among the data set's last rows. */
export function valueRange(description: RunDescription): readonly [number, number] {
  const rows = lastRows(description, Math.min(ROWS, description.manifest.rows || ROWS));
  let [low, high] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
  for (const value of rows) {
    if (value < low) low = value;
    if (value > high) high = value;
  }
  return [low, high];
}

function refuseNonFinite(
  outputs: readonly { readonly name: string }[],
  values: readonly Float32Array[],
  weights: Float32Array,
): void {
  for (const [index, { name }] of outputs.entries()) {
    const value = values[index]!.find((value) => !Number.isFinite(value));
    if (value === undefined) continue;
    const why = weights.every(Number.isFinite)
      ? 'the run diverged, or the rows that it was tried on have extreme values'
      : 'they are not finite themselves, as the run diverged';
    throw new NonFiniteError(`its trained weights give ${value} for '${name}': ${why}`);
  }
}

function compare(name: string, expected: Float32Array, actual: Float32Array): number {
  let difference = 0;
  expected.forEach((value, index) => {
    const scale = Math.max(1, Math.abs(value));
    difference = Math.max(difference, Math.abs(value - actual[index]!) / scale);
  });
  if (!(difference <= TOLERANCE)) {
    throw new ExportError(
      `the exported model's '${name}' differs from the trained one by ${difference}: it was not written. Please report this with the job file`,
    );
  }
  return difference;
}

async function run(
  engine: Engine,
  model: Model,
  feeds: Readonly<Record<string, Tensor>>,
  outputs: readonly { readonly name: string; readonly dims: readonly number[] }[],
): Promise<Float32Array[]> {
  const executable = await engine.compile({ model, seldom: true });
  try {
    const data = outputs.map((output) => new Float32Array(sizeOf(output.dims)));
    const results = Object.fromEntries(
      outputs.map((output, index): [string, Tensor] => [
        output.name,
        { type: 'float32', dims: output.dims, data: data[index]! },
      ]),
    );
    await executable.run(feeds, results);
    return data;
  } finally {
    await executable.release();
  }
}

/** The data set's last rows, which are the held-out ones; drawn ones where members hold all rows. */
function lastRows(description: RunDescription, count: number): Float32Array | Int32Array {
  const { data, manifest } = description;
  if (manifest.rows === 0) return drawnRows(description.job, manifest, count);
  const blocks = new Map<number, Uint8Array>();
  const reader = new RowReader(manifest, (index) => {
    const block = blocks.get(index) ?? data.readBlock(index);
    blocks.set(index, block);
    return block;
  });
  const rows = Uint32Array.from({ length: count }, (_, index) => manifest.rows - count + index);
  const values = count * manifest.features.count;
  const features = manifest.features.tokens ? new Int32Array(values) : new Float32Array(values);
  const targets = count * targetCount(manifest.target);
  const target = manifest.target.type === 'float32' ? new Float32Array(targets) : new Int32Array(targets);
  reader.gather(rows, features, target);
  return features;
}
