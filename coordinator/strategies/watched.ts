import type { Job } from '../../shared/job/job.ts';
import { metricNames } from '../../shared/job/metric-names.ts';
import type { Strategy } from './strategy.ts';

/**
 * What is wrong with the metric that early stopping watches, where the strategy may have metrics of its own: only with it loaded can it
 * be told.
 *
 * @returns the end of a sentence about the strategy; undefined when all is well
 */
export function unwatchable({ earlyStopping, evaluate, data }: Job, strategy: Strategy): string | undefined {
  const metric = earlyStopping?.metric;
  const usual = evaluated(data.target, evaluate.metrics);
  if (metric === undefined || usual.includes(metric)) return undefined;
  const own = Object.keys(strategy.memberMetrics ?? {});
  if (!own.includes(metric)) {
    const names = [...usual, ...own].join(', ');
    return `has no memberMetrics "${metric}", which early-stopping.metric names: an evaluation has ${names}`;
  }
  if ((evaluate.participants ?? 0) > 0) return undefined;
  return `is never asked for "${metric}", which early-stopping.metric names: no participant evaluates. Set evaluate.participants and data.test above 0`;
}

function evaluated(target: Job['data']['target'], asked: readonly string[] = []): readonly string[] {
  if (target.type !== 'several') return [...metricNames(target.type), ...asked];
  const each = target.outputs.flatMap(({ name, target: own }) =>
    metricNames(own.type).map((metric) => `${name}.${metric}`),
  );
  return [...metricNames('several'), ...each, ...asked];
}
