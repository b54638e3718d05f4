import type { LossJob } from '../../shared/job/job.ts';
import type { FeatureSpec, SingleTarget } from '../../shared/nn/specs.ts';

/** A named model in a small size, with the data that it is for. */
export interface ZooModel {
  readonly name: string;
  readonly options: Readonly<Record<string, unknown>>;
  readonly features: FeatureSpec;
  readonly target: SingleTarget;
  /** Number of token ids that features are drawn from; columns of categories are drawn below 4. */
  readonly vocabulary?: number;
}

const raw = { kind: 'none' } as const;
const image: FeatureSpec = { shape: [1, 8, 8], normalize: raw };
const rows: FeatureSpec = { shape: [6, 5], normalize: raw };
const table: FeatureSpec = { shape: [4], normalize: raw };
const tokens: FeatureSpec = { shape: [6], type: 'int32', normalize: raw };
const four: SingleTarget = { kind: 'class', classes: ['a', 'b', 'c', 'd'] };
const number: SingleTarget = { kind: 'number' };
const binary: SingleTarget = { kind: 'binary', classes: ['no', 'yes'] };
/** The class of each of 6 positions is one of 7 tokens. */
const next: SingleTarget = { kind: 'class', classes: [...'abcdefg'], dims: [6] };
const categorical = [
  { column: 0, categories: 4 },
  { column: 2, categories: 4, size: 3 },
];

/** Every named model at least once. */
export const ZOO: readonly ZooModel[] = [
  { name: 'mlp', options: { hidden: [16] }, features: table, target: four },
  { name: 'cnn', options: { filters: [4], dense: 8 }, features: image, target: four },
  { name: 'lenet', options: {}, features: image, target: four },
  { name: 'resnet', options: { blocks: [1, 1], filters: [4, 6] }, features: image, target: four },
  {
    name: 'mobilenet',
    options: { filters: [4, 6], blocks: [1, 2], stem: 4, head: 8 },
    features: image,
    target: four,
  },
  {
    name: 'mobilenet',
    options: { filters: [4, 4], stem: 4, head: 8, 'squeeze-excite': true, activation: 'hard-swish' },
    features: image,
    target: number,
  },
  {
    name: 'unet',
    options: { filters: [4, 6] },
    features: image,
    target: { kind: 'class', classes: ['sky', 'earth', 'sea'], dims: [8, 8] },
  },
  { name: 'unet', options: { filters: [4, 6], up: 'nearest' }, features: image, target: { kind: 'none' } },
  { name: 'rnn', options: { units: 6 }, features: rows, target: four },
  {
    name: 'lstm',
    options: { units: 6, layers: 2, dropout: 0.1 },
    features: tokens,
    target: next,
    vocabulary: 7,
  },
  { name: 'lstm', options: { units: 6, bidirectional: true }, features: image, target: four },
  { name: 'gru', options: { units: 6, vocabulary: 9 }, features: tokens, target: binary, vocabulary: 9 },
  {
    name: 'gpt',
    options: { layers: 2, heads: 2, size: 8, dropout: 0.1 },
    features: tokens,
    target: next,
    vocabulary: 7,
  },
  {
    name: 'gpt',
    options: {
      layers: 1,
      heads: 4,
      'kv-heads': 2,
      size: 8,
      positions: 'rotary',
      norm: 'rms',
      activation: 'swiglu',
      bias: false,
    },
    features: tokens,
    target: next,
    vocabulary: 7,
  },
  {
    name: 'bert',
    options: { layers: 1, heads: 2, size: 8, vocabulary: 9, padding: 0, pool: 'mean' },
    features: tokens,
    target: four,
    vocabulary: 9,
  },
  { name: 'bert', options: { layers: 1, heads: 2, size: 8 }, features: tokens, target: next, vocabulary: 7 },
  { name: 'vit', options: { patch: 4, layers: 1, heads: 2, size: 8 }, features: image, target: four },
  { name: 'encoder', options: { layers: 1, heads: 2, size: 8 }, features: rows, target: number },
  { name: 'autoencoder', options: { hidden: [16], code: 4 }, features: image, target: { kind: 'none' } },
  {
    name: 'autoencoder',
    options: { hidden: [16], code: 4, variational: true },
    features: table,
    target: { kind: 'none' },
  },
  { name: 'tabular', options: { categorical, hidden: [8] }, features: table, target: binary },
  { name: 'wide-and-deep', options: { categorical, hidden: [8] }, features: table, target: four },
  {
    name: 'two-tower',
    options: { left: [0, 1], right: [2, 3], categorical, hidden: [8], size: 4 },
    features: table,
    target: number,
  },
  {
    name: 'generator',
    options: { filters: [6, 4] },
    features: table,
    target: { kind: 'number', dims: [1, 8, 8] },
  },
  { name: 'discriminator', options: { filters: [4, 6] }, features: image, target: binary },
];

/** `lstm, lstm 2`: a title for each. */
export function titled(models: readonly ZooModel[] = ZOO): [string, ZooModel][] {
  const counts = new Map<string, number>();
  return models.map((model) => {
    const count = (counts.get(model.name) ?? 0) + 1;
    counts.set(model.name, count);
    return [count === 1 ? model.name : `${model.name} ${count}`, model];
  });
}

/** The usual loss of a target. */
export function lossOf({ target }: ZooModel): LossJob {
  if (target.kind === 'class') {
    return { kind: 'cross-entropy', weights: undefined, labelSmoothing: 0, ignore: undefined };
  }
  return target.kind === 'binary'
    ? { kind: 'binary-cross-entropy', positiveWeight: undefined }
    : { kind: 'mse' };
}
