import type { Job, StrategyJob } from '../../shared/job/job.ts';
import type { LocalJob } from '../../shared/job/strategy-job.ts';
import type { ParameterLayout } from '../../shared/parameters/layout.ts';
import { alternation, createAlternating } from './alternating.ts';
import { createDitto } from './ditto.ts';
import { createFedAvg } from './fedavg.ts';
import { createFedBn } from './fedbn.ts';
import { createFedBuff } from './fedbuff.ts';
import { createFedDyn } from './feddyn.ts';
import { createFedNova } from './fednova.ts';
import { createFedOpt } from './fedopt.ts';
import { createFedPer } from './fedper.ts';
import { createFedProx } from './fedprox.ts';
import { createFedSgd } from './fedsgd.ts';
import { createIfca } from './ifca.ts';
import { lastLayer } from './last-layer.ts';
import { createLocalSteps } from './local-steps.ts';
import { createQFedAvg } from './q-fedavg.ts';
import { createScaffold } from './scaffold.ts';
import type { Strategy } from './strategy.ts';
import { createSynchronous } from './synchronous.ts';

/**
 * The strategy that a job names. One row for each.
 *
 * @param layout of the model, where the job says "the last layer"
 */
export function createStrategy(strategy: StrategyJob, job?: Job, layout?: ParameterLayout): Strategy {
  const selection = job?.members.selection;
  const local = (globs: LocalJob) => (globs === 'last-layer' ? lastLayer(layout) : globs);
  switch (strategy.kind) {
    case 'synchronous':
      return job?.loss.kind === 'gan' ? createAlternating(alternation(job.loss, job)) : createSynchronous();
    case 'local-steps': {
      const { steps, outer } = strategy;
      const { learningRate, ...optimizer } = outer;
      return createLocalSteps({
        steps,
        selection,
        outerLearningRate: learningRate,
        outer: { kind: 'sgd', ...optimizer },
      });
    }
    case 'fedavg':
      return createFedAvg({ ...strategy, selection });
    case 'fedsgd':
      return createFedSgd({ selection });
    case 'fedprox':
      return createFedProx({ ...strategy, selection });
    case 'fedavgm': {
      const { kind, momentum, nesterov, ...rest } = strategy;
      return createFedOpt({ ...rest, name: kind, selection, outer: { kind: 'sgd', momentum, nesterov } });
    }
    case 'fedadagrad':
    case 'fedadam':
    case 'fedyogi': {
      const { kind, beta1, beta2, tau, ...rest } = strategy;
      return createFedOpt({ ...rest, name: kind, selection, outer: { kind, beta1, beta2, tau } });
    }
    case 'fedbuff':
      return createFedBuff({ ...strategy, selection });
    case 'scaffold':
      return createScaffold({ ...strategy, selection });
    case 'fednova':
      return createFedNova({ ...strategy, selection, ...(job && momentumOf(job)) });
    case 'feddyn':
      return createFedDyn({ ...strategy, selection });
    case 'q-fedavg':
      return createQFedAvg({ ...strategy, selection });
    case 'fedbn': {
      return createFedBn({ ...strategy, selection });
    }
    case 'fedper':
    case 'fedrep':
      return createFedPer({ ...strategy, selection, local: local(strategy.local) });
    case 'ditto':
      return createDitto({
        ...strategy,
        selection,
        personalEpochs: strategy.personalEpochs ?? mostEpochs(strategy.epochs),
      });
    case 'ifca':
      return createIfca({ ...strategy, selection });
    case 'module':
      throw new Error(`the strategy ${strategy.path} is a module, which is loaded when the run is opened`);
  }
}

function mostEpochs(epochs: Extract<StrategyJob, { kind: 'ditto' }>['epochs'] = 1): number {
  return typeof epochs === 'number' ? epochs : Math.max(epochs.start, epochs.end);
}

function momentumOf({ optimizer }: Job) {
  return optimizer.kind === 'sgd'
    ? { momentum: { momentum: optimizer.momentum, nesterov: optimizer.nesterov } }
    : {};
}
