import type { Job } from '../../shared/job/job.ts';
import type { GanLossJob } from '../../shared/job/loss-job.ts';
import type { Phase } from '../rounds/types.ts';
import type { Strategy } from './strategy.ts';
import { createSynchronous } from './synchronous.ts';

export interface AlternatingOptions {
  /** Steps of the discriminator before each step of the generator. */
  readonly criticSteps: number;
  /** The discriminator's learning rate as a share of the generator's, which the schedule moves. */
  readonly discriminatorRate: number;
}

/** What a job of a GAN says of it. */
export function alternation({ criticSteps }: GanLossJob, job: Job): AlternatingOptions {
  const { optimizer, discriminatorOptimizer = optimizer } = job;
  return { criticSteps, discriminatorRate: discriminatorOptimizer.learningRate / optimizer.learningRate };
}

/**
 * Two networks that take turns (Goodfellow et al. 2014, algorithm 1), each step synchronous: a window is one global batch, the
 * gradient of one network's loss over it. Whose turn it is follows from the round's number alone, so a resumed run goes on with
 * the right one.
 */
export function createAlternating({ criticSteps, discriminatorRate }: AlternatingOptions): Strategy {
  const synchronous = createSynchronous();
  return {
    ...synchronous,
    name: 'alternating',
    plan: (context) => {
      const phase = phaseOf(context.round, criticSteps);
      return synchronous.plan(context).map((piece) => {
        return piece.work.kind === 'gradient' ? { ...piece, work: { ...piece.work, phase } } : piece;
      });
    },
    finish: (context) => {
      const step = synchronous.finish(context);
      const phase = phaseOf(context.round, criticSteps);
      return (
        step && {
          ...step,
          part: { phase, step: stepOf(context.round, criticSteps) },
          learningRate: step.learningRate * (phase === 'discriminator' ? discriminatorRate : 1),
        }
      );
    },
  };
}

/** Each cycle of rounds is `criticSteps` of the discriminator, then one of the generator. */
function phaseOf(round: number, criticSteps: number): Phase {
  return round % (criticSteps + 1) < criticSteps ? 'discriminator' : 'generator';
}

/** Number of the round's step among those of its own network, from 1. */
function stepOf(round: number, criticSteps: number): number {
  const cycle = Math.floor(round / (criticSteps + 1));
  const within = round % (criticSteps + 1);
  return within < criticSteps ? cycle * criticSteps + within + 1 : cycle + 1;
}
