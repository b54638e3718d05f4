import type { InputSpec, Spec } from './spec.ts';

const channels = (range: readonly [number, number]): InputSpec => ({ dims: [3], range });
const batchNormInputs: InputSpec[] = [
  { dims: [4, 3, 2, 2] },
  channels([0.5, 1.5]),
  channels([-1, 1]),
  channels([-0.3, 0.3]),
  channels([0.5, 1.5]),
];

export const normalisationSpecs: readonly Spec[] = [
  { op: 'BatchNormalization', about: 'inference', inputs: batchNormInputs, check: 'float64', batch: true },
  {
    op: 'BatchNormalization',
    about: 'inference, 2-D',
    inputs: [{ dims: [4, 3] }, ...batchNormInputs.slice(1)],
    check: 'float64',
  },
  {
    op: 'BatchNormalization',
    about: 'training',
    attributes: { training_mode: 1, momentum: 0.8 },
    inputs: batchNormInputs,
    outputs: 3,
    used: [0],
    check: 'oracle',
  },
  {
    op: 'BatchNormalization',
    about: 'training, running statistics used',
    attributes: { training_mode: 1, momentum: 0.8 },
    inputs: batchNormInputs,
    outputs: 3,
    used: [0, 1, 2],
    check: 'float32',
  },
  {
    op: 'LayerNormalization',
    inputs: [{ dims: [4, 6] }, { dims: [6], range: [0.5, 1.5] }, { dims: [6] }],
    check: 'oracle',
    batch: true,
  },
  {
    op: 'LayerNormalization',
    about: 'axis 1 of 3',
    attributes: { axis: 1, epsilon: 1e-3 },
    inputs: [{ dims: [2, 3, 4] }, { dims: [3, 4] }, { dims: [3, 4] }],
    check: 'oracle',
  },
  {
    op: 'LayerNormalization',
    about: 'without bias',
    inputs: [{ dims: [2, 3, 4] }, { dims: [4] }],
    check: 'oracle',
  },
  {
    op: 'LayerNormalization',
    about: 'Mean and InvStdDev used',
    inputs: [{ dims: [4, 6] }, { dims: [6] }, { dims: [6] }],
    outputs: 3,
    used: [0, 1, 2],
    check: 'float32',
  },
  { op: 'Dropout', about: 'inference', inputs: [{ dims: [3, 4] }], check: 'float64' },
  {
    op: 'Dropout',
    about: 'training, of nothing',
    inputs: [
      { dims: [3, 4] },
      { dims: [], values: [0], constant: true },
      { dims: [], type: 'bool', values: [1] },
    ],
    check: 'float64',
  },
];
