import {
  elu,
  gelu,
  hardSwish,
  leakyRelu,
  relu,
  selu,
  sigmoid,
  silu,
  softmax,
  softplus,
  tanh,
} from './activations.ts';
import { conv, convTranspose } from './convolution.ts';
import { dense } from './dense.ts';
import { dropout } from './dropout.ts';
import type { LayerRow } from './layer.ts';
import { batchNorm, layerNorm } from './normalization.ts';
import { averagePool, globalAveragePool, globalMaxPool, maxPool } from './pooling.ts';
import { residual } from './residual.ts';
import { flatten, reshape } from './shape.ts';

/** Every layer type by the word that a job file uses for it. */
export const layerRegistry: Readonly<Record<string, LayerRow>> = {
  dense,
  conv,
  'conv-transpose': convTranspose,
  'batch-norm': batchNorm,
  'layer-norm': layerNorm,
  relu,
  'leaky-relu': leakyRelu,
  elu,
  selu,
  gelu,
  sigmoid,
  tanh,
  softplus,
  softmax,
  silu,
  'hard-swish': hardSwish,
  dropout,
  'max-pool': maxPool,
  'average-pool': averagePool,
  'global-average-pool': globalAveragePool,
  'global-max-pool': globalMaxPool,
  flatten,
  reshape,
  residual,
};
