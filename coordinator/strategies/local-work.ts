import type { OwnWork, ServerStep, UpdateHeader } from '../rounds/types.ts';
import { apportion, split } from '../sharding/split.ts';
import { type OwnTraining, planOwnWork } from './own-work.ts';
import type { FinishContext, Piece, PlanContext, Verdict } from './strategy.ts';
import { idle, memberAt, sharesOf } from './synchronous.ts';

/**
 * A window of local steps: the next `steps` global batches, cut so that every idle member takes the same number of steps with its
 * share of the batch. A window ends with its epoch at the latest.
 */
export function planLocalSteps(context: PlanContext, steps: number): Piece[] {
  if (context.outstanding > 0 || context.received > 0) return [];
  const { cursor, examples, globalBatch } = context;
  const members = idle(context);
  const batches = apportion(globalBatch, sharesOf(context, members));
  const end = Math.min(cursor.position + steps * globalBatch, examples);
  return split({ start: cursor.position, end }, batches).flatMap((range, i) => {
    const batch = batches[i] as number;
    if (batch === 0 || range.end === range.start) return [];
    return [{ member: memberAt(members, i), work: { kind: 'local', epoch: cursor.epoch, batch, ...range } }];
  });
}

/** Local training of whoever takes part: on rows of their own, or on the rows that are dealt out, where `steps` says how many. */
export function planTraining(
  context: PlanContext,
  training: OwnTraining,
  more: Partial<OwnWork> = {},
): Piece[] {
  return context.federated
    ? planOwnWork(context, training, more)
    : planLocalSteps(context, training.steps ?? 1);
}

/** FedAvg's weights (McMahan et al. 2017): a member's delta counts as much as the examples it was made of. */
export function weighByExamples(header: UpdateHeader): Verdict {
  const { examples } = header;
  if (!(examples > 0)) return { refuse: 'it was made of no examples' };
  return { weight: examples, buffersWeight: examples, divisor: examples };
}

/** The mean of the deltas as a pseudo-gradient for the outer optimizer (Reddi et al. 2021, "Adaptive federated optimization"). */
export function outerStep(context: FinishContext, learningRate: number): ServerStep {
  return {
    kind: 'outer',
    divisor: context.divisor,
    learningRate,
    buffers: 'set',
    buffersDivisor: context.buffersDivisor,
    vectors: [],
  };
}
