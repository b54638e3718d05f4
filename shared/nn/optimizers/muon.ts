import type { OptimizerJob } from '../../job/job.ts';
import type { ParameterEntry, ParameterLayout } from '../../parameters/layout.ts';
import type { Vector } from '../../parameters/memory.ts';
import { orthogonalize, orthogonalizeFloats } from './newton-schulz.ts';
import { countedFromOne, type Optimizer, stateVector, trainableEntries, WORKSPACE } from './optimizer.ts';

const isMatrix = ({ dims }: ParameterEntry) => dims.length === 2;

/**
 * Muon (K. Jordan et al., 2024) as PyTorch defines it: the step of a matrix is its momentum made orthogonal by Newton and
 * Schulz' iteration; all else (biases, convolutions, stacks) takes AdamW's step. Computed in float32, where PyTorch
 * takes bfloat16. With `match-rms-adamw` (Liu et al., "Muon is scalable", 2025) the step has the size of AdamW's, so
 * that one learning rate serves both.
 *
 * Cost of a step of a matrix of r ≤ c: `iterations` · (3 r²c + r³) multiplications on one thread, 512 × 512 about
 * 2.7·10⁹ with five iterations.
 */
export function muon(job: Extract<OptimizerJob, { kind: 'muon' }>): Optimizer {
  const { beta1, beta2, epsilon, momentum, nesterov, iterations } = job;
  return {
    slots: ['m', 'v'],
    // Matrices need no second moment.
    slotLength: (slot, layout) => (slot === 'm' ? layout.trainable : vectorFloats(layout)),
    workspace: workspaceFloats,
    step(memory, parameters, gradient, state, layout, { learningRate, step, gradientScale = 1 }) {
      countedFromOne('Muon', step);
      const { kernels } = memory;
      const workspace = stateVector(state, WORKSPACE);
      const adam = {
        ...{ gradientScale, beta1, beta2, epsilon, l2: 0 },
        rate: learningRate / (1 - beta1 ** step),
        bias2: 1 / Math.sqrt(1 - beta2 ** step),
      };
      let seconds = 0;
      for (const entry of trainableEntries(layout)) {
        const { offset, length } = entry;
        const cut = (vector: Vector) => vector.slice(offset, offset + length);
        const [p, g, m] = [cut(parameters), cut(gradient), cut(stateVector(state, 'm'))];
        const shrink = entry.decay ? 1 - learningRate * job.weightDecay : 1;
        if (!isMatrix(entry)) {
          const v = stateVector(state, 'v').slice(seconds, seconds + length);
          seconds += padded(length);
          kernels.adam(p, m, v, g, { ...adam, shrink });
          continue;
        }
        const [rows, columns] = entry.dims as [number, number];
        kernels.lerp(m, momentum, g, (1 - momentum) * gradientScale);
        const update = workspace.slice(0, length);
        kernels.copy(update, m);
        if (nesterov) kernels.lerp(update, momentum, g, (1 - momentum) * gradientScale);
        orthogonalize(kernels, workspace, rows, columns, iterations);
        kernels.scale(p, shrink);
        kernels.axpy(p, -learningRate * adjustment(job.adjust, rows, columns), update);
      }
    },
  };
}

function adjustment(rule: 'original' | 'match-rms-adamw', rows: number, columns: number): number {
  return rule === 'original'
    ? Math.sqrt(Math.max(1, rows / columns))
    : 0.2 * Math.sqrt(Math.max(rows, columns));
}

const padded = (length: number) => (length + 3) & ~3;

function vectorFloats(layout: ParameterLayout): number {
  return trainableEntries(layout)
    .filter((entry) => !isMatrix(entry))
    .reduce((sum, { length }) => sum + padded(length), 0);
}

function workspaceFloats(layout: ParameterLayout): number {
  const sizes = trainableEntries(layout)
    .filter(isMatrix)
    .map(({ dims }) => orthogonalizeFloats(dims[0]!, dims[1]!));
  return Math.max(0, ...sizes);
}
