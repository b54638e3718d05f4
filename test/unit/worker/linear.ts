import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describeRun } from '../../../coordinator/run/description.ts';
import { createOnnxRuntimeNode } from '../../../engines/onnxruntime-node.ts';
import { DatasetFile } from '../../../node/data/block-file.ts';
import { ingest } from '../../../node/data/ingest.ts';
import type { DatasetManifest } from '../../../shared/data/dataset.ts';
import { RowReader } from '../../../shared/data/row-reader.ts';
import { parseJob } from '../../../shared/job/parse.ts';
import { writeModel } from '../../../shared/onnx/write.ts';
import type { ParameterLayout } from '../../../shared/parameters/layout.ts';
import { createRandom } from '../../../shared/parameters/random.ts';
import { parseRecipe } from '../../../shared/programs/parse-recipe.ts';
import type { MemberState } from '../../../shared/programs/recipe.ts';
import type { OwnWork } from '../../../shared/protocol/assignment.ts';
import type { BlockSource } from '../../../worker/trainer/batch-loader.ts';
import { BatchLoader } from '../../../worker/trainer/batch-loader.ts';
import { ownBatches } from '../../../worker/trainer/batches.ts';
import type { Batch } from '../../../worker/trainer/optimizer-steps.ts';
import { Trainer } from '../../../worker/trainer/trainer.ts';
import { WEIGHTS, type WorkOrder, type WorkResult } from '../../../worker/trainer/work-order.ts';
import { temporaryFolder } from '../../support/digits.ts';

/** A linear network of three features, two hidden values and one number: its gradient is known in closed form. */
const MODEL = '{ layers: [{ dense: 2 }, { dense: 1 }] }';
export const RATE = 0.05;
/** Globs of the parameters of the last layer. */
export const HEAD = ['dense2.*'];

export interface Client {
  readonly manifest: DatasetManifest;
  readonly blocks: BlockSource;
  readonly rows: readonly { readonly x: readonly number[]; readonly y: number }[];
  readonly loader: BatchLoader;
}

/** Rows of a member: y = slope · (x₁ + x₂ − x₃) and some noise. */
export async function client(seed: number, rows: number, test = 0.25, slope = 1): Promise<Client> {
  const random = createRandom(seed);
  const lines = Array.from({ length: rows }, () => {
    const x = [random.next(), random.next(), random.next()];
    const y = slope * (x[0]! + x[1]! - x[2]!) + 0.1 * random.next();
    return [...x, y].map((value) => value.toFixed(4)).join(',');
  });
  const folder = temporaryFolder();
  writeFileSync(join(folder, 'rows.csv'), `a,b,c,y\n${lines.join('\n')}\n`);
  const { data, seed: key } = job(test);
  const { directory } = await ingest(data, folder, join(folder, 'cache'), key);
  const file = await DatasetFile.open(directory);
  const { manifest } = file;
  const blocks: BlockSource = (block) => file.readBlock(block);
  const reader = new RowReader(manifest, blocks);
  const read = (row: number) => {
    const [x, y] = [new Float32Array(3), new Float32Array(1)];
    reader.gather([row], x, y);
    return { x: [...x], y: y[0]! };
  };
  return {
    manifest,
    blocks,
    rows: Array.from({ length: manifest.rows }, (_, row) => read(row)),
    loader: new BatchLoader(manifest, blocks, key),
  };
}

function job(test: number, optimizer = `{ sgd: { learning-rate: ${RATE} } }`) {
  return parseJob(
    `
name: linear
data: { source: rows.csv, target: { column: y, type: number }, test: ${test} }
model: ${MODEL}
loss: mse
optimizer: ${optimizer}
epochs: 1
batch: 4
seed: 3
`,
    'job.yaml',
  );
}

export interface Linear {
  readonly trainer: Trainer;
  readonly layout: ParameterLayout;
  /** Of the model, in the layout's order. */
  readonly initial: Float64Array;
  run(
    work: WorkOrder['work'],
    changes?: Partial<WorkOrder> & { weights?: Float64Array },
  ): Promise<WorkResult>;
}

const open: Trainer[] = [];

/** To be called after all tests of a file. */
export async function closeTrainers(): Promise<void> {
  await Promise.all(open.splice(0).map((trainer) => trainer.close()));
}

export async function linear(
  of: Client,
  options: { readonly state?: MemberState; readonly optimizer?: string } = {},
): Promise<Linear> {
  const description = describeRun(
    job(0.25, options.optimizer),
    { manifest: of.manifest } as DatasetFile,
    undefined,
  );
  const { layout, model } = description;
  const recipe = parseRecipe(JSON.stringify({ ...description.recipe, state: options.state }));
  const setup = { model: writeModel(model), recipe, manifest: of.manifest };
  const trainer = Trainer.create(await createOnnxRuntimeNode({ threads: 1 }), setup, of.blocks);
  open.push(trainer);
  const initial = new Float64Array(layout.length);
  for (const { name, offset } of layout.entries) {
    initial.set(model.graph.initializers.get(name)!.data as Float32Array, offset);
  }
  return {
    trainer,
    layout,
    initial,
    run: (work, { weights = initial, ...changes } = {}) => {
      send(trainer, WEIGHTS, weights);
      return trainer.execute({ ...ORDER, work, ...changes }, () => false);
    },
  };
}

const ORDER = { round: 0, terms: {}, sections: [], local: [], learningRate: RATE, codec: 'f32' } as const;

export function send(trainer: Trainer, name: string, values: Float64Array): void {
  const bytes = new Uint8Array(Float32Array.from(values).buffer);
  trainer.set({ name, bytes, codec: 'f32' });
}

export function sectionOf({ sections }: WorkResult, name: string): Float32Array {
  const section = sections.find((one) => one.name === name);
  if (!section) throw new Error(`no section ${name} among ${sections.map((one) => one.name).join(', ')}`);
  return new Float32Array(section.bytes.slice().buffer);
}

/** Other weights of the same layout; what lies between the tensors stays zero. */
export function shifted({ layout, initial }: Pick<Linear, 'layout' | 'initial'>, by: number): Float64Array {
  const weights = initial.slice();
  for (const { offset, length } of layout.entries) {
    for (let index = offset; index < offset + length; index++) weights[index]! += by;
  }
  return weights;
}

/** ‖a − b‖ / ‖b‖ */
export function difference(a: ArrayLike<number>, b: ArrayLike<number>): number {
  const norm = (values: number[]): number => Math.hypot(...values);
  return norm(Array.from(a, (value, index) => value - b[index]!)) / norm(Array.from(b));
}

/** The same in float64, in plain words. */
export class Reference {
  constructor(
    readonly of: Client,
    readonly layout: ParameterLayout,
  ) {}

  /** Mean squared error over rows. */
  loss(w: Float64Array, rows: Iterable<number>): number {
    const errors = [...rows].map((row) => this.forward(w, row).error);
    return errors.reduce((sum, error) => sum + error ** 2, 0) / errors.length;
  }

  /** Of the mean squared error. */
  gradient(w: Float64Array, rows: Iterable<number>): Float64Array {
    const { W1, b1, W2, b2 } = this.places();
    const all = [...rows];
    const g = new Float64Array(w.length);
    for (const row of all) {
      const { x, hidden, error } = this.forward(w, row);
      const e = (2 * error) / all.length;
      g[b2]! += e;
      for (const h of [0, 1]) {
        g[W2 + h]! += e * hidden[h]!;
        const back = e * w[W2 + h]!;
        g[b1 + h]! += back;
        for (const i of [0, 1, 2]) g[W1(i, h)]! += back * x[i]!;
      }
    }
    return g;
  }

  /** Plain gradient descent over the batches; `corrected` gives element i of the gradient that is stepped along. */
  train(
    start: Float64Array,
    batches: Iterable<Batch>,
    corrected: (gradient: number, i: number, w: Float64Array, batch: Batch) => number = (gradient) =>
      gradient,
  ): { readonly w: Float64Array; readonly steps: number } {
    const w = start.slice();
    let steps = 0;
    for (const batch of batches) {
      const g = this.gradient(w, batch.rows).map((value, i) => corrected(value, i, w, batch));
      for (let index = 0; index < w.length; index++) w[index]! -= RATE * g[index]!;
      steps++;
    }
    return { w, steps };
  }

  batches(work: Pick<OwnWork, 'epochs' | 'batch' | 'personalEpochs'>, round = 0): Batch[] {
    return [...ownBatches(this.of.loader, work, round)].map((batch) => ({
      ...batch,
      rows: batch.rows.slice(),
    }));
  }

  get trainingRows(): number[] {
    return Array.from({ length: this.of.loader.trainingRows }, (_, row) => row);
  }

  get heldOutRows(): Uint32Array {
    return this.of.loader.testRows(0, this.of.loader.heldOutRows);
  }

  private forward(w: Float64Array, row: number) {
    const { W1, b1, W2, b2 } = this.places();
    const { x, y } = this.of.rows[row]!;
    const hidden = [0, 1].map((h) => w[b1 + h]! + x.reduce((sum, value, i) => sum + value * w[W1(i, h)]!, 0));
    const out = w[b2]! + hidden[0]! * w[W2]! + hidden[1]! * w[W2 + 1]!;
    return { x, hidden, error: out - y };
  }

  private places() {
    const of = (length: number) => this.layout.entries.filter((entry) => entry.length === length);
    const first = of(6)[0]!;
    const [second, third] = of(2);
    const b1 = [second!, third!].find(({ dims }) => dims.length === 1)!.offset;
    const W2 = [second!, third!].find(({ dims }) => dims.length === 2)!.offset;
    const W1 = (i: number, h: number): number => first.offset + (first.dims[0] === 3 ? i * 2 + h : h * 3 + i);
    return { W1, b1, W2, b2: of(1)[0]!.offset };
  }
}
