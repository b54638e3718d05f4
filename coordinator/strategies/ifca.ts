import { createFedAvg } from './fedavg.ts';
import { outerStep } from './local-work.ts';
import { mayClose, type OwnTraining } from './own-work.ts';
import type { Strategy } from './strategy.ts';

export interface IfcaOptions extends OwnTraining {
  /** k: models, one for each kind of member. */
  readonly clusters: number;
}

/** Name of a cluster's weights: those of the first are the run's own. */
export function clusterVector(cluster: number): string {
  return cluster === 0 ? 'parameters' : `cluster-${cluster}`;
}

/**
 * IFCA (Ghosh et al. 2020, "An efficient framework for clustered federated learning", algorithm 1, model averaging): k models, each
 * with initial weights of its own. A member takes the one whose loss on its rows is least, and trains that:
 *
 *   ĵₖ = argminⱼ Fₖ(wⱼ);   wⱼ ← wⱼ − Σ_{k: ĵₖ = j} nₖ Δₖ / Σ_{k: ĵₖ = j} nₖ
 *
 * Members send which one they took with their update. One cluster is FedAvg; 2 by default.
 */
export function createIfca({ clusters, ...training }: IfcaOptions): Strategy {
  const base = createFedAvg(training);
  const choices = Array.from({ length: clusters }, (_, cluster) => clusterVector(cluster));
  const [first, ...others] = choices as [string, ...string[]];
  if (others.length === 0) return { ...base, name: 'ifca' };
  return {
    ...base,
    name: 'ifca',
    serverVectors: others,
    models: others,
    evaluates: { choices },
    plan: (context) => base.plan(context).map((piece) => ({ ...piece, choices })),
    accept: (header) => {
      const taken = header.sections.filter((section) => choices.includes(section));
      const verdict = base.accept(header);
      if ('refuse' in verdict) return verdict;
      if (taken.length !== 1)
        return { refuse: `it is of ${taken.length} of the clusters' models, not of one` };
      return { ...verdict, scalars: { [taken[0]!]: header.examples } };
    },
    finish: (context) => {
      if (!mayClose(context)) return undefined;
      const of = (name: string): number => context.scalars[name] ?? 0;
      return {
        ...outerStep(context, 1),
        // A model that nobody took stays as it is: its sum is zero.
        divisor: of(first) || 1,
        buffersDivisor: of(first),
        models: others
          .filter((name) => of(name) > 0)
          .map((name) => ({ name, divisor: of(name), buffersDivisor: of(name) })),
      };
    },
  };
}
