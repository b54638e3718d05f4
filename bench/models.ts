import type { LossJob, ModelJob, OptimizerJob } from '../shared/job/job.ts';
import type { FeatureSpec, TargetSpec } from '../shared/nn/specs.ts';

/** A model whose step is measured, as a job would describe it, and its data. */
export interface BenchModel {
  readonly title: string;
  readonly model: ModelJob;
  readonly features: FeatureSpec;
  readonly target: TargetSpec;
  readonly batch: number;
}

const classes = (count: number): string[] => Array.from({ length: count }, (_, index) => String(index));
const image = (...shape: number[]): FeatureSpec => ({ shape, normalize: { kind: 'none' } });
const tokens = (length: number, vocabulary: number): Pick<BenchModel, 'features' | 'target'> => ({
  features: { shape: [length], type: 'int32', vocabulary, normalize: { kind: 'none' } },
  target: { kind: 'class', classes: classes(vocabulary), dims: [length] },
});
const named = (name: string, options: Readonly<Record<string, unknown>>): ModelJob => ({
  kind: 'named',
  name,
  options,
});

/** The same models stand in peers/torch_models.py. */
export const MODELS = {
  mlp: {
    title: 'MLP 784-512-256-10, batch 64',
    model: {
      kind: 'layers',
      layers: [
        { type: 'dense', options: { units: 512 } },
        { type: 'relu', options: {} },
        { type: 'dense', options: { units: 256 } },
        { type: 'relu', options: {} },
        { type: 'dense', options: { units: 10 } },
      ],
    },
    features: image(784),
    target: { kind: 'class', classes: classes(10) },
    batch: 64,
  },
  cnn: {
    title: 'CNN, 2 convolutions and 2 dense layers, batch 64',
    model: {
      kind: 'layers',
      layers: [
        { type: 'conv', options: { filters: 32, kernel: 3, padding: 1 } },
        { type: 'relu', options: {} },
        { type: 'max-pool', options: { kernel: 2 } },
        { type: 'conv', options: { filters: 64, kernel: 3, padding: 1 } },
        { type: 'relu', options: {} },
        { type: 'max-pool', options: { kernel: 2 } },
        { type: 'flatten', options: {} },
        { type: 'dense', options: { units: 128 } },
        { type: 'relu', options: {} },
        { type: 'dense', options: { units: 10 } },
      ],
    },
    features: image(1, 28, 28),
    target: { kind: 'class', classes: classes(10) },
    batch: 64,
  },
  gpt: {
    title: 'GPT 4 x 128, T 64, batch 16',
    model: named('gpt', { layers: 4, heads: 4, size: 128, tied: false }),
    ...tokens(64, 96),
    batch: 16,
  },
  lstm: {
    title: 'LSTM h 128, T 64, batch 32',
    model: named('lstm', { units: 128, embedding: 64 }),
    ...tokens(64, 96),
    batch: 32,
  },
  'gpt-17m': {
    title: 'GPT 17 M parameters (8 x 384), 512 tokens',
    model: named('gpt', { layers: 8, heads: 6, size: 384, tied: true }),
    ...tokens(128, 7000),
    batch: 4,
  },
  resnet: {
    title: 'ResNet-18, batch 16 of 3x64x64',
    model: named('resnet', { stem: 'large' }),
    features: image(3, 64, 64),
    target: { kind: 'class', classes: classes(10) },
    batch: 16,
  },
} as const satisfies Record<string, BenchModel>;

export type ModelName = keyof typeof MODELS;

export const LOSS: LossJob = {
  kind: 'cross-entropy',
  weights: undefined,
  labelSmoothing: 0,
  ignore: undefined,
};

export const ADAM: OptimizerJob = {
  kind: 'adam',
  learningRate: 1e-3,
  beta1: 0.9,
  beta2: 0.999,
  epsilon: 1e-8,
  weightDecay: 0,
};
