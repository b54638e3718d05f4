import type { OptimizerJob } from '../../shared/job/job.ts';
import type { ServerOptimizerJob } from '../../shared/job/strategy-job.ts';
import { type LayoutPart, PHASES, type Phase, partOf } from '../../shared/nn/gan/networks.ts';
import { createOptimizer } from '../../shared/nn/optimizers/create.ts';
import { createServerOptimizer } from '../../shared/nn/optimizers/create-server.ts';
import type { Optimizer } from '../../shared/nn/optimizers/optimizer.ts';
import { allocateState, type OptimizerState, stateFloats } from '../../shared/nn/optimizers/state.ts';
import type { ParameterLayout } from '../../shared/parameters/layout.ts';
import type { Vector, VectorMemory } from '../../shared/parameters/memory.ts';

export interface OptimizerJobs {
  readonly optimizer: OptimizerJob;
  /** Moves the weights by the mean change of members that trained by themselves; plain averaging when undefined. */
  readonly outer?: ServerOptimizerJob | undefined;
  /** Of a GAN: an optimizer for each network, in place of `optimizer`. */
  readonly parts?: Readonly<Record<Phase, OptimizerJob>>;
}

/** An optimizer with its state. */
interface Stateful {
  readonly optimizer: Optimizer;
  readonly state: OptimizerState;
}

/** A network of a GAN as the server steps it: its stretch of the weights, an optimizer of its own. */
export interface ServerPart extends LayoutPart, Stateful {
  readonly phase: Phase;
}

export interface ServerOptimizers {
  /** Takes gradients; of a GAN its networks' do, and it has no state. */
  readonly inner: Stateful;
  readonly outer: Stateful;
  readonly parts: readonly ServerPart[];
}

const AVERAGING: ServerOptimizerJob = { kind: 'sgd', momentum: 0, nesterov: false };
const NO_STATE: OptimizerState = { slots: {}, vectors: {} };

/** The optimizers that a job asks of the server: first how many floats their state takes, then the state in a memory that has them. */
export function planOptimizers(
  layout: ParameterLayout,
  jobs: OptimizerJobs,
): { readonly floats: number; allocate(memory: VectorMemory): ServerOptimizers } {
  const inner = createOptimizer(jobs.optimizer);
  const outer = createServerOptimizer(jobs.outer ?? AVERAGING);
  const { parts: networks } = jobs;
  const parts = networks
    ? PHASES.map((phase) => ({
        ...partOf(layout, phase),
        phase,
        optimizer: createOptimizer(networks[phase]),
      }))
    : [];
  const stateful = networks ? parts : [{ optimizer: inner, layout }];
  const floats = [...stateful, { optimizer: outer, layout }]
    .map((one) => stateFloats(one.optimizer, one.layout))
    .reduce((sum, count) => sum + count, 0);
  return {
    floats,
    allocate: (memory) => ({
      parts: parts.map((part) => ({ ...part, state: allocateState(memory, part.optimizer, part.layout) })),
      inner: { optimizer: inner, state: networks ? NO_STATE : allocateState(memory, inner, layout) },
      outer: { optimizer: outer, state: allocateState(memory, outer, layout) },
    }),
  };
}

/** What a checkpoint keeps of them, by name. */
export function optimizerVectors({ inner, outer, parts }: ServerOptimizers): [string, Vector][] {
  const prefixed = (prefix: string, { slots }: OptimizerState): [string, Vector][] =>
    Object.entries(slots).map(([name, vector]) => [`${prefix}.${name}`, vector]);
  return [
    ...prefixed('optimizer', inner.state),
    ...parts.flatMap(({ phase, state }) => prefixed(`optimizer.${phase}`, state)),
    ...prefixed('outer', outer.state),
  ];
}
