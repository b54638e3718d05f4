import type { InputSpec, Spec } from './spec.ts';

const scale = (count: number): InputSpec => ({ dims: [count], range: [0.5, 1.5] });
const bias = (count: number): InputSpec => ({ dims: [count] });

function norm(op: string, about: string, inputs: readonly InputSpec[], more: Partial<Spec> = {}): Spec {
  return { op, about, inputs, check: 'oracle', set: 'image', ...more };
}

/** Normalisations over one example, or over neighbouring channels. */
export const instanceNormalisationSpecs: readonly Spec[] = [
  norm('InstanceNormalization', '2-D', [{ dims: [2, 3, 4, 3] }, scale(3), bias(3)], { batch: true }),
  norm('InstanceNormalization', '1-D, epsilon', [{ dims: [2, 4, 6] }, scale(4), bias(4)], {
    attributes: { epsilon: 0.01 },
  }),
  norm('InstanceNormalization', '3-D', [{ dims: [1, 2, 2, 3, 2] }, scale(2), bias(2)]),
  norm('GroupNormalization', '2 groups', [{ dims: [2, 4, 3, 2] }, scale(2), bias(2)], {
    attributes: { num_groups: 2 },
    batch: true,
  }),
  norm('GroupNormalization', 'one group, 1-D, epsilon', [{ dims: [2, 3, 4] }, scale(1), bias(1)], {
    attributes: { num_groups: 1, epsilon: 0.02 },
  }),
  norm('MeanVarianceNormalization', 'default axes', [{ dims: [3, 2, 3, 2] }], { batch: true }),
  norm('MeanVarianceNormalization', 'last axes', [{ dims: [2, 3, 4] }], { attributes: { axes: [-2, -1] } }),
  ...[1, 2].flatMap((p): Spec[] => [
    {
      op: 'LpNormalization',
      about: `p ${p}`,
      attributes: { p },
      inputs: [{ dims: [3, 5], avoid: [0] }],
      check: 'float64',
      batch: true,
      twice: true,
    },
    {
      op: 'LpNormalization',
      about: `p ${p}, axis 1 of 3`,
      attributes: { p, axis: 1 },
      inputs: [{ dims: [2, 4, 3], avoid: [0] }],
      check: 'float64',
    },
  ]),
  norm('LRN', 'size 3', [{ dims: [2, 5, 2, 3], range: [-2, 2] }], {
    attributes: { size: 3, alpha: 0.8, beta: 0.75, bias: 1.5 },
    batch: true,
  }),
  norm('LRN', 'size 5, defaults', [{ dims: [1, 6, 3, 2], range: [-30, 30] }], { attributes: { size: 5 } }),
  norm('LRN', 'wider than the channels', [{ dims: [1, 3, 2, 2] }], {
    attributes: { size: 7, alpha: 1.4, beta: 0.5 },
  }),
];
