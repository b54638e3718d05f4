import { higherIsBetter, metricsOf } from '../../shared/nn/metrics/metrics.ts';
import type { RoundConfig } from './config.ts';
import { EMPTY_TALLY, tallied } from './pieces.ts';
import type { Evaluation, Tally, Winner } from './state.ts';

/**
 * The models of a run that an evaluation measures on the coordinator's rows: the weights, undefined, and the server vectors that are
 * models beside them (IFCA's clusters).
 */
export function measuredModels({ federated, strategy }: RoundConfig): readonly (string | undefined)[] {
  return federated ? [undefined, ...(strategy.models ?? [])] : [undefined];
}

/** @param model of the piece; undefined for the weights */
export function talliedModel(evaluation: Evaluation, model: string | undefined, winner: Winner): Evaluation {
  if (model === undefined) return { ...evaluation, tally: tallied(evaluation.tally, winner) };
  const { models } = evaluation;
  return { ...evaluation, models: { ...models, [model]: tallied(models[model] ?? EMPTY_TALLY, winner) } };
}

/**
 * Loss and main metric of each of several models on the coordinator's rows, and which is best there: `cluster-0-accuracy`,
 * `cluster-1-accuracy`, …, `best-cluster-accuracy`, `best-cluster`. The metrics without a prefix are those of the weights, cluster 0,
 * which are what is exported when nobody says otherwise. Empty where there is one model.
 */
export function modelMetrics(
  config: RoundConfig,
  { tally, models }: Pick<Evaluation, 'tally' | 'models'>,
): Readonly<Record<string, number>> {
  const others = config.strategy.models ?? [];
  if (tally.received === 0 || others.every((name) => models[name] === undefined)) return {};
  const main = config.federated?.fairness ?? 'loss';
  const names = [...new Set(['loss', main])];
  const each = [tally, ...others.map((name) => models[name])].map((sums) => valuesOf(config, sums));
  const metrics: Record<string, number> = {};
  let best: number | undefined;
  for (const [cluster, values] of each.entries()) {
    for (const name of names) {
      const value = values[name];
      if (value !== undefined) metrics[`cluster-${cluster}-${name}`] = value;
    }
    const value = values[main];
    if (value === undefined || !Number.isFinite(value)) continue;
    const leader = best === undefined ? undefined : each[best]![main]!;
    if (leader === undefined || (higherIsBetter(main) ? value > leader : value < leader)) best = cluster;
  }
  if (best === undefined) return metrics;
  return { ...metrics, [`best-cluster-${main}`]: each[best]![main]!, 'best-cluster': best };
}

function valuesOf(config: RoundConfig, tally: Tally | undefined): Readonly<Record<string, number>> {
  if (tally === undefined) return {};
  return (config.metricsOf ?? metricsOf)({ examples: tally.examples, ...tally.sums });
}
