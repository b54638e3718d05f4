import type { LossJob, ModelJob, OptimizerJob } from '../shared/job/job.ts';
import type { FeatureSpec, TargetSpec } from '../shared/nn/specs.ts';

export const BATCH = 64;
export const CLASSES = 10;

/** The two models of the step times, as a job would describe them. */
export const MODELS = {
  mlp: {
    model: {
      kind: 'layers',
      layers: [
        { type: 'dense', options: { units: 512 } },
        { type: 'relu', options: {} },
        { type: 'dense', options: { units: 256 } },
        { type: 'relu', options: {} },
        { type: 'dense', options: { units: CLASSES } },
      ],
    },
    shape: [784],
  },
  cnn: {
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
        { type: 'dense', options: { units: CLASSES } },
      ],
    },
    shape: [1, 28, 28],
  },
} as const satisfies Record<string, { readonly model: ModelJob; readonly shape: readonly number[] }>;

export type ModelName = keyof typeof MODELS;

export function featuresOf(name: ModelName): FeatureSpec {
  return { shape: MODELS[name].shape, normalize: { kind: 'none' } };
}

export const TARGET: TargetSpec = {
  kind: 'class',
  classes: Array.from({ length: CLASSES }, (_, index) => String(index)),
};

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
