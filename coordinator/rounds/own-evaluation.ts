import { higherIsBetter, metricsOf } from '../../shared/nn/metrics/metrics.ts';
import { createRandom } from '../../shared/parameters/random.ts';
import { trusted } from '../membership/members.ts';
import { aggregated, figureOf } from '../strategies/member-metric.ts';
import type { FederatedConfig, RoundConfig } from './config.ts';
import { hand } from './deal.ts';
import { EMPTY_TALLY, newPiece, ORDER_STRIDE, tallied } from './pieces.ts';
import { isComplete } from './policy.ts';
import type { OwnEvaluation, RoundState, Winner } from './state.ts';
import type { Turn } from './turn.ts';
import type { EvaluateOwnWork, MemberId } from './types.ts';

export const NO_OWN_EVALUATION: OwnEvaluation = { tally: EMPTY_TALLY, values: [], custom: {} };

/** Participants beyond which the spread is of a sample: the values are kept in the state. */
const VALUES_KEPT = 10_000;

/** Gives some participants, drawn at random, the evaluation of the version on rows of their own. */
export function handOwnEvaluations(turn: Turn, { evaluating, fineTune }: FederatedConfig): void {
  const { state } = turn;
  const { strategy } = state.config;
  const last = isComplete(state);
  const work: EvaluateOwnWork = {
    kind: 'evaluate-own',
    ...(last && fineTune && { fineTune }),
    ...(strategy.evaluates?.beside && { beside: true }),
  };
  const rate = state.config.learningRateAt(Math.max(0, state.optimizerSteps - 1), state.plateau.scale);
  const plan = { work, local: strategy.local ?? [], choices: strategy.evaluates?.choices };
  const board = turn.pieces('evaluation');
  const handed = sample(turn, evaluating).map((member, i) => ({ index: board.length + i, member }));
  const pieces = handed.map(({ index }) => newPiece(plan, index * ORDER_STRIDE, rate));
  turn.setPieces('evaluation', [...board, ...pieces]);
  hand(turn, 'evaluation', handed);
}

/** Fisher and Yates, with the run's random state. */
function sample(turn: Turn, count: number): readonly MemberId[] {
  const ids = trusted(turn.state.members, turn.state.now)
    .filter(({ description }) => (description.rows?.heldOut ?? 0) > 0)
    .map(({ description }) => description.id);
  if (ids.length <= count) return ids;
  const random = createRandom(turn.state.random);
  for (let i = 0; i < count; i++) {
    const j = i + Math.floor(random.next() * (ids.length - i));
    [ids[i], ids[j]] = [ids[j] as MemberId, ids[i] as MemberId];
  }
  turn.set({ random: random.state() });
  return ids.slice(0, count);
}

export function talliedOwn({ config }: RoundState, own: OwnEvaluation, winner: Winner): OwnEvaluation {
  const { examples, sums } = winner.header;
  const name = config.federated?.fairness ?? 'loss';
  const value = (config.metricsOf ?? metricsOf)({ examples, ...sums })[name];
  const known = value !== undefined && Number.isFinite(value) && own.values.length < VALUES_KEPT;
  return {
    tally: tallied(own.tally, winner),
    values: known ? [...own.values, value] : own.values,
    custom: customValues(config, own.custom, { examples, ...sums }),
  };
}

function customValues(
  { strategy }: RoundConfig,
  custom: OwnEvaluation['custom'],
  sums: Readonly<Record<string, number>>,
): OwnEvaluation['custom'] {
  const metrics = Object.entries(strategy.memberMetrics ?? {});
  if (metrics.length === 0) return custom;
  const entries = metrics.map(([name, metric]) => {
    const { values, weights } = custom[name] ?? { values: [], weights: [] };
    const value = figureOf(strategy.name, name, metric, sums);
    const known = value !== undefined && values.length < VALUES_KEPT;
    const both = known
      ? { values: [...values, value], weights: [...weights, sums['examples'] ?? 0] }
      : { values, weights };
    return [name, both] as const;
  });
  return Object.fromEntries(entries);
}

function customMetrics(
  { strategy }: RoundConfig,
  custom: OwnEvaluation['custom'],
): Readonly<Record<string, number>> {
  const metrics: Record<string, number> = {};
  for (const [name, { over }] of Object.entries(strategy.memberMetrics ?? {})) {
    const { values, weights } = custom[name] ?? { values: [], weights: [] };
    const value = aggregated(over, values, weights);
    if (value !== undefined) metrics[name] = value;
  }
  return metrics;
}

/**
 * Metrics over participants: those of all their rows together, and how they are spread. Fairness in the sense of Li et al. (2020, "Fair
 * resource allocation in federated learning") is a figure: the mean of the metric over the worst tenth of participants, and its
 * standard deviation over all.
 *
 * @param apart whether the run also evaluates on rows of the coordinator's: these are then told from those by `participants-`
 */
export function ownMetrics(
  config: RoundConfig,
  { tally, values, custom }: OwnEvaluation,
  apart: boolean,
): Readonly<Record<string, number>> {
  if (tally.received === 0) return {};
  const name = config.federated?.fairness ?? 'loss';
  const all = (config.metricsOf ?? metricsOf)({ examples: tally.examples, ...tally.sums });
  const named = Object.entries(all).map(([key, value]) => [`participants-${key}`, value] as const);
  const spread = values.length > 0 ? spreadOf(name, values) : {};
  return {
    ...(apart ? Object.fromEntries(named) : {}),
    ...customMetrics(config, custom),
    ...spread,
    participants: tally.received,
  };
}

function spreadOf(name: string, values: readonly number[]): Readonly<Record<string, number>> {
  const worstFirst = [...values].sort((a, b) => (higherIsBetter(name) ? a - b : b - a));
  const tenth = worstFirst.slice(0, Math.ceil(values.length / 10));
  const mean = (numbers: readonly number[]) =>
    numbers.reduce((sum, value) => sum + value, 0) / numbers.length;
  const center = mean(values);
  const deviation = Math.sqrt(mean(values.map((value) => (value - center) ** 2)));
  return { [`worst-decile-${name}`]: mean(tenth), [`deviation-${name}`]: deviation };
}
