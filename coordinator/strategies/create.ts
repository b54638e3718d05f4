import type { Job, StrategyJob } from '../../shared/job/job.ts';
import { createFedBn } from './fedbn.ts';
import { createFedBuff } from './fedbuff.ts';
import { createLocalSteps } from './local-steps.ts';
import { createScaffold } from './scaffold.ts';
import type { Strategy } from './strategy.ts';
import { createSynchronous } from './synchronous.ts';

/** The strategy that a job names. One row for each. */
export function createStrategy(strategy: StrategyJob, _job?: Job): Strategy {
  switch (strategy.kind) {
    case 'synchronous':
      return createSynchronous();
    case 'local-steps':
      return createLocalSteps({
        steps: strategy.steps,
        outerLearningRate: strategy.outer.learningRate,
      });
    case 'fedbuff':
      return createFedBuff(strategy);
    case 'scaffold':
      return createScaffold(strategy);
    case 'fedbn':
      return createFedBn(strategy);
  }
}
