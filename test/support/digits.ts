import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { DatasetFile } from '../../node/data/block-file.ts';
import { ingest } from '../../node/data/ingest.ts';
import type { Job, LayerJob, ModelJob } from '../../shared/job/job.ts';

export const DIGITS = fileURLToPath(new URL('../../examples/digits/', import.meta.url));

export function temporaryFolder(): string {
  return mkdtempSync(join(tmpdir(), 'tributary-test-'));
}

const layer = (type: string, options: LayerJob['options'] = {}): LayerJob => ({ type, options });

/** Without batch normalisation, so that many workers compute what one does; with dropout. */
export const MLP: ModelJob = {
  kind: 'layers',
  layers: [
    layer('flatten'),
    layer('dense', { units: 48 }),
    layer('relu'),
    layer('dropout', { rate: 0.25 }),
    layer('dense', { units: 10 }),
  ],
};

/** Convolution, batch normalisation, pooling, dropout. */
export const CNN: ModelJob = {
  kind: 'layers',
  layers: [
    layer('conv', { filters: 8, kernel: 3, padding: 'same' }),
    layer('batch-norm'),
    layer('relu'),
    layer('max-pool', { kernel: 2 }),
    layer('flatten'),
    layer('dropout', { rate: 0.25 }),
    layer('dense', { units: 10 }),
  ],
};

/** A job on the digits as the parser would make it. */
export function digitsJob(changes: Partial<Job> = {}): Job {
  return {
    name: 'digits-test',
    data: {
      source: 'digits.csv.gz',
      format: { type: 'csv', header: false, delimiter: ',' },
      target: { column: 64, type: 'class' },
      features: { columns: undefined, shape: [1, 8, 8], normalize: { kind: 'divide', by: 16 } },
      test: 0.2,
      licence: 'CC BY 4.0',
    },
    model: MLP,
    loss: { kind: 'cross-entropy', weights: undefined, labelSmoothing: 0, ignore: undefined },
    optimizer: { kind: 'adam', learningRate: 0.003, beta1: 0.9, beta2: 0.999, epsilon: 1e-8, weightDecay: 0 },
    clipNorm: undefined,
    schedule: { kind: 'constant', warmup: 0 },
    strategy: { kind: 'synchronous' },
    epochs: 4,
    rounds: undefined,
    batch: 64,
    seed: 7,
    wire: 'f32',
    evaluate: { every: { epochs: 1 } },
    earlyStopping: undefined,
    checkpoint: { rounds: 20, seconds: 10, keep: 3, best: undefined },
    members: { minimum: 1, assignment: 'equal' },
    ...changes,
  };
}

export async function digitsData(seed = 7): Promise<DatasetFile> {
  const { directory } = await ingest(digitsJob().data, DIGITS, temporaryFolder(), seed);
  return DatasetFile.open(directory);
}
