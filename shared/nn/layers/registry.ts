import {
  celu,
  elu,
  gelu,
  hardSigmoid,
  hardSwish,
  leakyRelu,
  mish,
  prelu,
  relu,
  relu6,
  selu,
  sigmoid,
  silu,
  softmax,
  softplus,
  softsign,
  tanh,
} from './activations.ts';
import { attention } from './attention.ts';
import { blankPadding } from './blank-padding.ts';
import { conv, convTranspose } from './convolution.ts';
import { dense } from './dense.ts';
import { dropout } from './dropout.ts';
import { classToken, embedding, logitsOf, patches, positions } from './embedding.ts';
import { squeezeExcite, upsample } from './image.ts';
import type { LayerRow } from './layer.ts';
import { add, concatenate, dot, from, label, multiply } from './merge.ts';
import { batchNorm, groupNorm, instanceNorm, layerNorm, rmsNorm } from './normalization.ts';
import { averagePool, globalAveragePool, globalMaxPool, maxPool } from './pooling.ts';
import { gru, lstm, rnn } from './recurrent.ts';
import { residual } from './residual.ts';
import { sample } from './sample.ts';
import { columns, poolTime } from './select.ts';
import { flatten, reshape, transpose } from './shape.ts';
import { transformer } from './transformer.ts';

/** Every layer type with the types of its options, by the word that a job file uses for it. */
export const layers = {
  dense,
  conv,
  'conv-transpose': convTranspose,
  'batch-norm': batchNorm,
  'layer-norm': layerNorm,
  'rms-norm': rmsNorm,
  'group-norm': groupNorm,
  'instance-norm': instanceNorm,
  relu,
  'leaky-relu': leakyRelu,
  prelu,
  relu6,
  elu,
  celu,
  selu,
  gelu,
  sigmoid,
  'hard-sigmoid': hardSigmoid,
  tanh,
  softplus,
  softsign,
  softmax,
  silu,
  mish,
  'hard-swish': hardSwish,
  dropout,
  'max-pool': maxPool,
  'average-pool': averagePool,
  'global-average-pool': globalAveragePool,
  'global-max-pool': globalMaxPool,
  upsample,
  'squeeze-excite': squeezeExcite,
  patches,
  'class-token': classToken,
  embedding,
  positions,
  attention,
  transformer,
  'logits-of': logitsOf,
  rnn,
  lstm,
  gru,
  'pool-time': poolTime,
  'blank-padding': blankPadding,
  flatten,
  reshape,
  transpose,
  columns,
  residual,
  label,
  from,
  add,
  multiply,
  concatenate,
  dot,
  sample,
} as const;

/** Every layer type by the word that a job file uses for it. */
export const layerRegistry: Readonly<Record<string, LayerRow>> = layers;
