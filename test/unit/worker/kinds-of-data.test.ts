import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { describeRun } from '../../../coordinator/run/description.ts';
import { ServerWeights } from '../../../coordinator/weights/server-weights.ts';
import { createOnnxRuntimeNode } from '../../../engines/onnxruntime-node.ts';
import { DatasetFile } from '../../../node/data/block-file.ts';
import { ingest } from '../../../node/data/ingest.ts';
import { parseJob } from '../../../shared/job/parse.ts';
import { metricsOf } from '../../../shared/nn/metrics/metrics.ts';
import { writeModel } from '../../../shared/onnx/write.ts';
import { createRandom } from '../../../shared/parameters/random.ts';
import { parseRecipe } from '../../../shared/programs/parse-recipe.ts';
import { Trainer } from '../../../worker/trainer/trainer.ts';
import { WEIGHTS, type WorkOrder } from '../../../worker/trainer/work-order.ts';
import { temporaryFolder } from '../../support/digits.ts';

/**
 * Trains a job as a run with one member does, without the network: file to rows, recipe over the wire, gradients of the member,
 * steps of the server. Gives the metrics on the held-out rows.
 */
async function trained(
  yaml: string,
  files: Readonly<Record<string, string>>,
): Promise<Record<string, number>> {
  const folder = temporaryFolder();
  for (const [name, content] of Object.entries(files)) writeFileSync(join(folder, name), content);
  const job = parseJob(yaml, 'job.yaml');
  const { directory } = await ingest(job.data, folder, join(folder, 'cache'), job.seed);
  const data = await DatasetFile.open(directory);
  const description = describeRun(job, data, undefined);
  const recipe = parseRecipe(JSON.stringify(description.recipe));
  const trainer = Trainer.create(
    await createOnnxRuntimeNode({ threads: 1 }),
    { model: writeModel(description.model), recipe, manifest: description.manifest },
    (block) => data.readBlock(block),
  );
  const weights = new ServerWeights(description.layout, {
    optimizer: job.optimizer,
    clipNorm: undefined,
    serverVectors: [],
    incarnation: 1,
  });
  weights.initialize(description.model);
  const learningRate = job.optimizer.learningRate;
  const execute = (work: WorkOrder['work']) => {
    trainer.set({ name: WEIGHTS, bytes: weights.encoded('f32').bytes, codec: 'f32' });
    const order = { work, round: 0, terms: {}, sections: [], local: [], learningRate, codec: 'f32' as const };
    return trainer.execute(order, () => false);
  };
  const { manifest } = description;
  const rows = manifest.rows - manifest.test.rows;
  let step = 0;
  for (let epoch = 0; epoch < job.epochs!; epoch++) {
    for (let start = 0; start < rows; start += job.batch) {
      const end = Math.min(rows, start + job.batch);
      const { header, sections } = await execute({ kind: 'gradient', epoch, start, end });
      weights.add(
        sections.map(({ name, codec, bytes }) => ({ name, codec, bytes: [bytes] })),
        1,
        header.examples,
      );
      weights.step(
        {
          kind: 'gradient',
          divisor: header.sums['denominator']!,
          learningRate,
          buffers: 'ema',
          buffersDivisor: header.examples,
          vectors: [],
        },
        ++step,
      );
    }
  }
  const { header } = await execute({ kind: 'evaluate', start: 0, end: manifest.test.rows });
  data.close();
  return metricsOf(header.sums);
}

it('a small GPT learns more of a text than how often each character is there', async () => {
  const text = readFileSync('examples/shakespeare/tinyshakespeare.txt', 'utf8').slice(0, 60_000);
  const metrics = await trained(
    `
name: text
data: { text: text.txt, tokenizer: characters, context: 32, test: 0.1 }
model: { gpt: { layers: 2, heads: 2, size: 32, positions: rotary } }
loss: cross-entropy
optimizer: { adamw: { learning-rate: 0.01 } }
epochs: 2
batch: 16
seed: 1
`,
    { 'text.txt': text },
  );
  // The entropy of single characters; what is here must be well below it, and so cannot be had without the context.
  const held = [...text.slice(54_000)];
  const counts = new Map<string, number>();
  for (const character of text.slice(0, 54_000)) counts.set(character, (counts.get(character) ?? 0) + 1);
  const unigram =
    held.reduce((sum, character) => sum - Math.log((counts.get(character) ?? 1) / 54_000), 0) / held.length;
  expect(unigram).toBeGreaterThan(3.2);
  expect(metrics['loss']).toBeLessThan(unigram - 0.6);
  expect(metrics['perplexity']).toBeCloseTo(Math.exp(metrics['loss']!), 6);
});

it('a classifier of texts finds the word that decides', async () => {
  const random = createRandom(2);
  const word = (list: readonly string[]) => list[Math.floor(random.next() * list.length)]!;
  const common = ['the', 'film', 'was', 'a', 'story', 'of', 'two', 'men'];
  const rows = Array.from({ length: 240 }, (_, row) => {
    const said = Array.from({ length: 4 + Math.floor(random.next() * 4) }, () => word(common));
    said.splice(Math.floor(random.next() * said.length), 0, row % 2 ? 'wonderful' : 'dreadful');
    return `"${said.join(' ')}",${row % 2 ? 'good' : 'bad'}`;
  });
  const metrics = await trained(
    `
name: reviews
data: { source: r.csv, target: { column: label }, features: { text: text, tokenizer: { bpe: 300 }, length: 16 } }
model: { layers: [{ embedding: { size: 8, vocabulary: 300 } }, flatten, { dense: 2 }] }
loss: cross-entropy
optimizer: { adamw: { learning-rate: 0.02 } }
epochs: 12
batch: 24
seed: 1
`,
    { 'r.csv': `text,label\n${rows.join('\n')}\n` },
  );
  expect(metrics['accuracy']).toBeGreaterThan(0.95);
  expect(metrics['perplexity']).toBeUndefined();
});

/** Two numbers that decide all others. */
function circles(): string {
  const random = createRandom(3);
  const rows = Array.from({ length: 300 }, () => {
    const [x, y] = [random.next() * 4 - 2, random.next() * 4 - 2];
    return [x, y, x + y, x - 2 * y, 3 * x].map((value) => value.toFixed(4)).join(',');
  });
  return `x,y,sum,difference,triple\n${rows.join('\n')}\n`;
}

it('two numbers are predicted at once', async () => {
  const metrics = await trained(
    `
name: numbers
data: { source: r.csv, target: { columns: [sum, difference], type: number }, features: { columns: [x, y] } }
model: { mlp: { hidden: [16] } }
loss: mse
optimizer: { adam: { learning-rate: 0.02 } }
epochs: 20
batch: 20
`,
    { 'r.csv': circles() },
  );
  expect(metrics['r2']).toBeGreaterThan(0.98);
});

it('an autoencoder gives five standardised features back through two numbers', async () => {
  const metrics = await trained(
    `
name: autoencoder
data: { source: r.csv, target: { type: none }, features: { normalize: standardize } }
model: { layers: [{ dense: 2 }, { dense: 5 }] }
loss: mse
optimizer: { adam: { learning-rate: 0.02 } }
epochs: 25
batch: 20
`,
    { 'r.csv': circles() },
  );
  // The mean of every feature would have a loss of 1, one number alone at best about 0.4.
  expect(metrics['loss']).toBeLessThan(0.05);
});

it('one network reads labels and says of how many symbols they are', async () => {
  const random = createRandom(4);
  // Ten steps of three numbers: a symbol is in one or two steps, with silence before and behind it.
  const rows = Array.from({ length: 200 }, () => {
    const label = Array.from(
      { length: 1 + Math.floor(random.next() * 3) },
      () => 'ab'[Math.floor(random.next() * 2)]!,
    );
    const heard = label.flatMap((symbol) => ['', symbol, ...(random.next() < 0.5 ? [symbol] : [])]);
    const steps = Array.from({ length: 10 }, (_, at) =>
      ['a', 'b', 'c'].map((each) => Number(heard[at] === each)),
    );
    const noisy = steps.flat().map((value) => (value + 0.2 * random.next()).toFixed(3));
    return [...noisy, label.join(''), label.length].join(',');
  });
  const header = [...Array.from({ length: 30 }, (_, at) => `x${at}`), 'label', 'count'].join(',');
  const metrics = await trained(
    `
name: labels
data:
  source: r.csv
  features: { shape: [10, 3] }
  targets: { read: { column: label, type: symbols, length: 3 }, count: { column: count } }
model: { layers: [{ gru: { units: 16, bidirectional: true } }, { label: trunk }, { dense: 3 }, { label: read }, { from: trunk }, flatten, { dense: 3 }, { label: count }] }
losses: { read: { ctc: {}, weight: 0.5 }, count: cross-entropy }
optimizer: { adamw: { learning-rate: 0.02 } }
epochs: 12
batch: 16
seed: 1
`,
    { 'r.csv': `${header}\n${rows.join('\n')}\n` },
  );
  // Reading nothing is a rate of 1, and the most frequent count is right a third of the time.
  expect(metrics['read.label-error-rate']).toBeLessThan(0.2);
  expect(metrics['count.accuracy']).toBeGreaterThan(0.8);
  expect(metrics['loss']).toBeCloseTo(0.5 * metrics['read.loss']! + metrics['count.loss']!, 5);
});
