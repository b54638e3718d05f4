import { wireOf } from '../../shared/job/wire-job.ts';
import type { OpenCheckpoint } from '../store/store.ts';
import type { Strategy } from '../strategies/strategy.ts';
import { ServerWeights } from '../weights/server-weights.ts';
import type { CoordinatedRun } from './description.ts';

/** The weights of a run with what its strategy wants beside them: as its last intact commit left them, or new. */
export function weightsOf(
  { job, layout, model, otherModels }: CoordinatedRun,
  strategy: Strategy,
  incarnation: number,
  checkpoint: OpenCheckpoint | undefined,
): ServerWeights {
  const weights = new ServerWeights(layout, {
    incarnation,
    optimizer: job.optimizer,
    ...(job.loss.kind === 'gan' && {
      parts: { generator: job.optimizer, discriminator: job.discriminatorOptimizer ?? job.optimizer },
    }),
    outer: strategy.outer,
    clipNorm: job.clipNorm,
    serverVectors: strategy.serverVectors,
    local: strategy.local,
    ema: job.ema,
    wire: wireOf(job.wire),
    seed: job.seed,
  });
  if (checkpoint) weights.restore(checkpoint.vectors);
  else weights.initialize(model, otherModels?.(strategy.models ?? []));
  return weights;
}
