import type { Job, StrategyJob } from '../../shared/job/job.ts';
import { alternation, createAlternating } from './alternating.ts';
import { createFedAvg } from './fedavg.ts';
import { createFedBn } from './fedbn.ts';
import { createFedBuff } from './fedbuff.ts';
import { createLocalSteps } from './local-steps.ts';
import { createScaffold } from './scaffold.ts';
import type { Strategy } from './strategy.ts';
import { createSynchronous } from './synchronous.ts';

/** The strategy that a job names. One row for each. */
export function createStrategy(strategy: StrategyJob, job?: Job): Strategy {
  switch (strategy.kind) {
    case 'synchronous':
      return job?.loss.kind === 'gan' ? createAlternating(alternation(job.loss, job)) : createSynchronous();
    case 'local-steps':
      return createLocalSteps({
        steps: strategy.steps,
        outerLearningRate: strategy.outer.learningRate,
      });
    case 'fedavg':
      return createFedAvg({ ...strategy, batch: job?.batch ?? 0, selection: job?.members.selection });
    case 'fedbuff':
      return createFedBuff(strategy);
    case 'scaffold':
      return createScaffold(strategy);
    case 'fedbn':
      return createFedBn(strategy);
  }
}
