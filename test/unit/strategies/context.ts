import type { Candidate, FinishContext, PlanContext } from '../../../coordinator/strategies/strategy.ts';

type Members = readonly Partial<Candidate>[];

/** The opening of a window; members are called a, b, c, …. */
export function context(
  change: Partial<Omit<PlanContext, 'members'>> & { readonly members?: Members } = {},
): PlanContext {
  const { members = [{}, {}], ...rest } = change;
  return {
    round: 0,
    version: 0,
    cursor: { epoch: 0, position: 0 },
    examples: 100,
    globalBatch: 8,
    outstanding: 0,
    received: 0,
    federated: false,
    assignment: 'equal',
    random: () => 0.5,
    ...rest,
    members: members.map((member, i) => {
      const id = String.fromCharCode(97 + i);
      return {
        id,
        name: id,
        engine: 'cpu',
        threads: 1,
        role: 'worker' as const,
        speed: undefined,
        busy: false,
        ...member,
      };
    }),
  };
}

export function finishing(change: Partial<FinishContext>): FinishContext {
  return {
    round: 0,
    received: 2,
    outstanding: 0,
    divisor: 8,
    buffersDivisor: 8,
    members: 2,
    present: change.received ?? 2,
    scalars: {},
    enough: false,
    learningRate: 0.1,
    exhausted: false,
    ...change,
  };
}

export const HEADER = {
  examples: 6,
  sums: { loss: 3, denominator: 5 },
  steps: 2,
  computeMs: 10,
  sections: ['parameters', 'control'],
};
