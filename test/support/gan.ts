import type { DatasetFile } from '../../node/data/block-file.ts';
import { DatasetFile as Dataset } from '../../node/data/block-file.ts';
import { ingest } from '../../node/data/ingest.ts';
import type { GanModelJob, Job, LayerJob } from '../../shared/job/job.ts';
import type { GanLossJob } from '../../shared/job/loss-job.ts';
import { DIGITS, digitsJob, temporaryFolder } from './digits.ts';

const layer = (type: string, options: LayerJob['options'] = {}): LayerJob => ({ type, options });

/** Two small networks without batch normalisation, so that many members compute what one does; with dropout. */
export const SMALL_GAN: GanModelJob = {
  kind: 'gan',
  latent: 6,
  generator: {
    kind: 'layers',
    layers: [
      layer('dense', { units: 24 }),
      layer('relu'),
      layer('dense', { units: 64 }),
      layer('sigmoid'),
      layer('reshape', { shape: [1, 8, 8] }),
    ],
  },
  discriminator: {
    kind: 'layers',
    layers: [
      layer('conv', { filters: 4, kernel: 4, stride: 2, padding: 1 }),
      layer('leaky-relu', { alpha: 0.2 }),
      layer('flatten'),
      layer('dropout', { rate: 0.2 }),
      layer('dense', { units: 1 }),
    ],
  },
};

/** With batch normalisation in both. */
export const DCGAN: GanModelJob = {
  kind: 'gan',
  latent: 6,
  generator: { kind: 'named', name: 'generator', options: { filters: [8, 4], output: 'sigmoid' } },
  discriminator: { kind: 'named', name: 'discriminator', options: { filters: [4, 6] } },
};

export const NON_SATURATING: GanLossJob = {
  kind: 'gan',
  objective: 'non-saturating',
  gradientPenalty: 0,
  criticSteps: 1,
};

export const PENALISED: GanLossJob = {
  kind: 'gan',
  objective: 'wasserstein',
  gradientPenalty: 10,
  criticSteps: 2,
};

export function ganJob(changes: Partial<Job> = {}): Job {
  const base = digitsJob();
  return {
    ...base,
    data: {
      ...base.data,
      target: { type: 'none' },
      features: {
        columns: Array.from({ length: 64 }, (_, column) => column),
        shape: [1, 8, 8],
        normalize: { kind: 'divide', by: 16 },
      },
    },
    model: SMALL_GAN,
    loss: NON_SATURATING,
    ...changes,
  };
}

/** Digits without their class. */
export async function imagesData(seed = 7): Promise<DatasetFile> {
  const { directory } = await ingest(ganJob().data, DIGITS, temporaryFolder(), seed);
  return Dataset.open(directory);
}
