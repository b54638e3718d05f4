import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { choices } from '../../../../../shared/job/choice.ts';
import type { OptimizerJob } from '../../../../../shared/job/job.ts';
import { optimizerSchema } from '../../../../../shared/job/optimizer-schema.ts';
import { clipByNorm } from '../../../../../shared/nn/optimizers/clip.ts';
import { createOptimizer } from '../../../../../shared/nn/optimizers/create.ts';
import { orthogonalize, orthogonalizeFloats } from '../../../../../shared/nn/optimizers/newton-schulz.ts';
import { allocateState, stateFloats } from '../../../../../shared/nn/optimizers/state.ts';
import { makeLayout } from '../../../../../shared/parameters/layout.ts';
import { type Vector, VectorMemory } from '../../../../../shared/parameters/memory.ts';

type Values = Readonly<Record<Name, number[]>>;
const names = ['weight', 'bias', 'tall', 'stack'] as const;
type Name = (typeof names)[number];
interface Oracle extends Values {
  readonly torch: string;
  readonly rates: number[];
  readonly gradients: Values[];
  readonly trajectories: { readonly job: OptimizerJob; readonly steps: Values[] }[];
  readonly clipping: {
    readonly maxNorm: number;
    readonly norm: number;
    readonly after: Pick<Values, 'weight' | 'bias'>;
  }[];
}
const oracle: Oracle = JSON.parse(
  readFileSync(new URL('../../../../data/optimizers/optimizers.json', import.meta.url), 'utf8'),
);

const layout = makeLayout([
  { name: 'weight', dims: [3, 3], section: 'trainable', decay: true },
  { name: 'bias', dims: [5], section: 'trainable', decay: false },
  { name: 'tall', dims: [4, 2], section: 'trainable', decay: true },
  { name: 'stack', dims: [2, 2, 3], section: 'trainable', decay: true },
  { name: 'running_mean', dims: [5], section: 'buffers', decay: false },
]);

function setup(job: OptimizerJob) {
  const memory = VectorMemory.create(1000);
  const optimizer = createOptimizer(job);
  const [parameters, gradient] = [memory.allocate(layout.length), memory.allocate(layout.length)];
  const state = allocateState(memory, optimizer, layout).vectors;
  write(parameters, oracle);
  parameters.view.fill(9, layout.trainable);
  gradient.view.fill(3, layout.trainable);
  return { memory, optimizer, parameters, gradient, state };
}

function write(vector: Vector, values: Partial<Values>): void {
  for (const { name, offset } of layout.entries) vector.view.set(values[name as Name] ?? [], offset);
}

function distance(vector: Vector, values: Partial<Values>): number {
  let [difference, reference] = [0, 0];
  for (const { name, offset } of layout.entries) {
    for (const [i, value] of (values[name as Name] ?? []).entries()) {
      difference += (vector.view[offset + i]! - value) ** 2;
      reference += value ** 2;
    }
  }
  return Math.sqrt(difference / reference);
}

describe(`optimizers against PyTorch ${oracle.torch} in float64`, () => {
  it.each(oracle.trajectories.map(({ job, steps }) => [JSON.stringify(job), job, steps] as const))(
    '%s',
    (_, job, steps) => {
      const { memory, optimizer, parameters, gradient, state } = setup(job);
      for (const [i, expected] of steps.entries()) {
        write(gradient, oracle.gradients[i]!);
        const options = { learningRate: oracle.rates[i]!, step: i + 1 };
        optimizer.step(memory, parameters, gradient, state, layout, options);
        expect(distance(parameters, expected)).toBeLessThan(1e-6);
      }
      // The buffers are not stepped, and the padding between tensors stays zero.
      expect([...parameters.view.subarray(layout.trainable, layout.length)]).toEqual(Array(8).fill(9));
      expect([...parameters.view.subarray(9, 12)]).toEqual([0, 0, 0]);
    },
  );

  it.each(oracle.trajectories.map(({ job }) => [JSON.stringify(job), job] as const))(
    'scale the gradient in the same pass: %s',
    (_, job) => {
      const [one, two] = [setup(job), setup(job)];
      for (let step = 1; step <= 3; step++) {
        const learningRate = 0.1;
        for (const { gradient } of [one, two]) write(gradient, oracle.gradients[step]!);
        one.memory.kernels.scale(one.gradient.slice(0, layout.trainable), 0.25);
        one.optimizer.step(one.memory, one.parameters, one.gradient, one.state, layout, {
          learningRate,
          step,
        });
        const options = { learningRate, step, gradientScale: 0.25 };
        two.optimizer.step(two.memory, two.parameters, two.gradient, two.state, layout, options);
        expect(two.parameters.view).toEqual(one.parameters.view);
      }
    },
  );
});

describe('optimizers', () => {
  it('has a trajectory of PyTorch for every one that a job can name', () => {
    const words = Object.keys(choices.get(optimizerSchema)!.alternatives);
    expect(new Set(oracle.trajectories.map(({ job }) => job.kind))).toEqual(new Set(words));
  });

  it('reserves what each one needs: factored moments, no second moment of matrices, scratch space', () => {
    const floats = Object.fromEntries(
      oracle.trajectories.map(({ job }) => [job.kind, stateFloats(createOptimizer(job), layout)]),
    );
    // Rows and columns: weight 3 + 3, tall 4 + 2, stack 2 · (2 + 3); bias 5 in full.
    expect(floats['adafactor']).toBe(6 + 5 + 6 + 10);
    // First moments of all that is trained; bias and stack, padded; two 3 × 3 matrices and two of its Gram matrix.
    expect(floats['muon']).toBe(layout.trainable + 8 + 12 + 36);
    expect(floats['lion']).toBe(layout.length);
  });

  it('orthogonalizes: the singular values of the result are near 1', () => {
    const memory = VectorMemory.create(1000);
    const workspace = memory.allocate(orthogonalizeFloats(3, 2));
    workspace.view.set([1, 2, -3, 4, 5, 6]);
    orthogonalize(memory.kernels, workspace, 3, 2, 5);
    const [a, b, c, d, e, f] = workspace.view.subarray(0, 6) as unknown as number[];
    // The eigenvalues of its Gram matrix are squares of the singular values.
    const [p, q, r] = [a! * a! + c! * c! + e! * e!, a! * b! + c! * d! + e! * f!, b! * b! + d! * d! + f! * f!];
    const root = Math.sqrt(((p - r) / 2) ** 2 + q * q);
    for (const squared of [(p + r) / 2 + root, (p + r) / 2 - root]) {
      expect(Math.sqrt(squared)).toBeGreaterThan(0.65);
      expect(Math.sqrt(squared)).toBeLessThan(1.25);
    }
  });

  const adam = oracle.trajectories.find(({ job }) => job.kind === 'adam')!.job;

  it('name the state vector that is missing', () => {
    const { memory, optimizer, parameters, gradient, state } = setup(adam);
    const run = (vectors: Record<string, Vector>, step: number): void =>
      optimizer.step(memory, parameters, gradient, vectors, layout, { learningRate: 1, step });
    expect(() => run({ m: state['m']! }, 1)).toThrow("state vector 'v' is missing");
    expect(() => run(state, 0)).toThrow(/counts its steps from 1/);
    expect(() => run({ ...state, v: state['v']!.slice(0, 8) }, 1)).toThrow(RangeError);
  });

  it('plain SGD at rate 1 takes the mean of local weights (local SGD)', () => {
    const job = { kind: 'sgd', learningRate: 1, momentum: 0, nesterov: false, weightDecay: 0 } as const;
    const { memory, optimizer, parameters, gradient, state } = setup(job);
    expect(optimizer.slots).toEqual([]);
    write(gradient, { weight: oracle.weight.map((value) => value / 2), bias: oracle.bias });
    optimizer.step(memory, parameters, gradient, state, layout, { learningRate: 1, step: 1 });
    const half = { weight: oracle.weight.map((value) => value / 2), bias: oracle.bias.map(() => 0) };
    expect(distance(parameters, half)).toBeLessThan(1e-7);
  });
});

describe('clipByNorm', () => {
  it.each(oracle.clipping)('agrees with PyTorch at $maxNorm', ({ maxNorm, norm, after }) => {
    const { memory, gradient } = setup(oracle.trajectories[0]!.job);
    const trainable = gradient.slice(0, layout.trainable);
    const { weight, bias } = oracle.gradients[1]!;
    write(gradient, { weight, bias });
    expect(clipByNorm(memory, trainable, maxNorm) / norm).toBeCloseTo(1, 6);
    expect(distance(gradient, after)).toBeLessThan(1e-6);
  });

  it('leaves a gradient alone that is not finite, and says so by the norm', () => {
    const memory = VectorMemory.create(8);
    const gradient = memory.allocate(3);
    gradient.view.set([1, Number.NaN, 3]);
    expect(clipByNorm(memory, gradient, 1)).toBeNaN();
    expect([...gradient.view]).toEqual([1, Number.NaN, 3]);
    gradient.view.set([1, Number.POSITIVE_INFINITY, 3]);
    expect(clipByNorm(memory, gradient, 1)).toBe(Number.POSITIVE_INFINITY);
    expect(gradient.view[0]).toBe(1);
  });
});
