import { higherIsBetter, metricsOf } from '../../shared/nn/metrics/metrics.ts';
import { candidates, evaluators } from '../membership/members.ts';
import { split } from '../sharding/split.ts';
import { fewParticipants, isOfTooFew } from './few-participants.ts';
import { measuredModels, modelMetrics, talliedModel } from './model-evaluation.ts';
import { handOwnEvaluations, NO_OWN_EVALUATION, ownMetrics, talliedOwn } from './own-evaluation.ts';
import { EMPTY_TALLY, isBound, isGivenUp, isOverdue, newPiece, ORDER_STRIDE } from './pieces.ts';
import { epochsDone } from './policy.ts';
import type { Evaluation, Piece, RoundState, Watch } from './state.ts';
import { takers } from './takers.ts';
import type { Turn } from './turn.ts';
import { callOff } from './window.ts';

/** Cuts the held-out rows into one piece for each member that is there; participants evaluate on rows of their own. */
export function openEvaluation(turn: Turn): boolean {
  const { state } = turn;
  const { config } = state;
  const { federated } = config;
  if ((federated ? everyone(state) : candidates(state.members)).length === 0) return false;
  const { version, round } = state;
  const evaluation = {
    version,
    round,
    epoch: epochsDone(state),
    pieces: centralPieces(state),
    tally: EMPTY_TALLY,
    models: {},
    own: NO_OWN_EVALUATION,
  };
  turn.set({ evaluation, due: { ...state.due, evaluate: false } });
  if (federated) handOwnEvaluations(turn, federated);
  return true;
}

function everyone(state: RoundState) {
  return [...candidates(state.members), ...evaluators(state.members)];
}

function centralPieces(state: RoundState): readonly Piece[] {
  const { config } = state;
  const members = takers(state);
  const speeds = members.map((member) => (member.evaluate ?? member.train)?.speed);
  const weights = config.assignment === 'by-speed' ? speeds : members.map(() => undefined);
  // Without an evaluator yet, the rows wait for it in one piece.
  const ranges = split(
    { start: 0, end: config.testExamples },
    weights.length > 0 ? weights : [undefined],
  ).filter((range) => range.end > range.start);
  return measuredModels(config)
    .flatMap((model) => ranges.map((range) => ({ model, range })))
    .map(({ model, range }, i) =>
      newPiece(
        {
          work: { kind: 'evaluate', ...range },
          ...(model !== undefined && { model }),
          local: config.federated ? [] : (config.strategy.local ?? []),
        },
        i * ORDER_STRIDE,
        0,
      ),
    );
}

/** Counts what came, in the order of the rows, and closes the evaluation when all of it is there that will come in time. */
export function countEvaluation(turn: Turn): boolean {
  for (const [index, piece] of turn.pieces('evaluation').entries()) {
    if (isGivenUp(piece, turn.state.now) || isUnanswered(turn.state, piece)) continue;
    if (piece.status === 'open') return false;
    if (piece.status === 'added' || piece.winner === null) continue;
    const { winner } = piece;
    turn.setPiece('evaluation', index, { status: 'added' });
    const evaluation = turn.state.evaluation as Evaluation;
    turn.set({
      evaluation: isBound(piece.work)
        ? { ...evaluation, own: talliedOwn(turn.state, evaluation.own, winner) }
        : talliedModel(evaluation, piece.model, winner),
    });
    turn.emit({ type: 'counted', assignment: winner.copy.id, member: winner.copy.member });
  }
  if (turn.state.evaluation === null) return false;
  closeEvaluation(turn, turn.state.evaluation);
  return true;
}

/**
 * The coordinator's own rows, where everyone who could measure them has them and let the deadline pass: a member that stays connected and
 * never answers would hold the whole federation. Who trains on shared rows is waited for as in a round, where others are given the piece.
 */
function isUnanswered(state: RoundState, piece: Piece): boolean {
  if (!state.config.federated || !isOverdue(piece, state.now)) return false;
  const asked = new Set(piece.copies.map(({ member }) => member));
  return evaluators(state.members).every(({ description }) => asked.has(description.id));
}

/** Of a part of the coordinator's rows nothing can be compared with other evaluations, which were of all of them. */
function withoutPart(evaluation: Evaluation): Evaluation {
  const isWhole = evaluation.pieces.every((piece) => isBound(piece.work) || piece.status === 'added');
  return isWhole ? evaluation : { ...evaluation, tally: EMPTY_TALLY, models: {} };
}

function closeEvaluation(turn: Turn, closed: Evaluation): void {
  const evaluation = withoutPart(closed);
  for (const piece of evaluation.pieces) {
    if (piece.status === 'open') callOff(turn, piece, 'the evaluation closed without it');
  }
  const { version, round, epoch, tally, own } = evaluation;
  // The coordinator's rows are the same each time, so they are what is watched where there are any.
  const main = tally.received > 0 ? tally : own.tally;
  const of = turn.state.config.metricsOf ?? metricsOf;
  const central = main.received > 0 ? of({ examples: main.examples, ...main.sums }) : {};
  const metrics = {
    ...central,
    ...modelMetrics(turn.state.config, evaluation),
    ...ownMetrics(turn.state.config, own, main === tally),
    ...(main === own.tally && main.received > 0 ? fewParticipants(turn.state.config, own) : {}),
  };
  const { sums, examples } = main;
  if (main.received > 0) turn.emit({ type: 'evaluated', version, round, epoch, sums, examples, metrics });
  turn.set({
    evaluation: null,
    evaluated: { version, epoch, metrics: main.received > 0 ? metrics : turn.state.evaluated.metrics },
    ...(isOfTooFew(metrics) ? {} : histories(turn.state, metrics)),
    due: { ...turn.state.due, commit: true },
  });
}

/** What looks back at evaluations. */
function histories(
  state: RoundState,
  metrics: Readonly<Record<string, number>>,
): Pick<RoundState, 'watch' | 'plateau'> {
  return {
    watch: watch(state, metrics),
    plateau: state.config.plateauAfter?.(state.plateau, metrics) ?? state.plateau,
  };
}

/** Prechelt (1998), "Early stopping — but when?": patience counted in evaluations without an improvement of `minDelta`. */
function watch(state: RoundState, metrics: Readonly<Record<string, number>>): Watch {
  const rule = state.config.earlyStopping;
  if (rule === undefined) return state.watch;
  const value = metrics[rule.metric];
  const { best, since } = state.watch;
  // Nothing was measured: that is no evaluation without an improvement.
  if (value === undefined || !Number.isFinite(value)) return state.watch;
  if (best === null) return { best: value, since: 0 };
  const own = state.config.strategy.memberMetrics?.[rule.metric]?.higherIsBetter;
  const gain = (own ?? higherIsBetter(rule.metric)) ? value - best : best - value;
  return gain > rule.minDelta ? { best: value, since: 0 } : { best, since: since + 1 };
}
