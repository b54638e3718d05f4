import { higherIsBetter, metricsOf } from '../../shared/nn/metrics/metrics.ts';
import { candidates, trusted } from '../membership/members.ts';
import { split } from '../sharding/split.ts';
import { EMPTY_TALLY, newPiece, ORDER_STRIDE, tallied } from './pieces.ts';
import { epochsDone } from './policy.ts';
import type { Evaluation, RoundState, Watch } from './state.ts';
import type { Turn } from './turn.ts';

/** Cuts the held-out rows into one piece for each member that is there. */
export function openEvaluation(turn: Turn): boolean {
  const { state } = turn;
  const { config } = state;
  if (candidates(state.members).length === 0) return false;
  const members = trusted(state.members, state.now);
  const speeds = members.map((member) => (member.evaluate ?? member.train)?.speed);
  const weights = config.assignment === 'by-speed' ? speeds : members.map(() => undefined);
  const pieces = split({ start: 0, end: config.testExamples }, weights)
    .filter((range) => range.end > range.start)
    .map((range, i) =>
      newPiece(
        { work: { kind: 'evaluate', ...range }, local: config.strategy.local ?? [] },
        i * ORDER_STRIDE,
        0,
      ),
    );
  const { version, round } = state;
  const evaluation = { version, round, epoch: epochsDone(state), pieces, tally: EMPTY_TALLY };
  turn.set({ evaluation, due: { ...state.due, evaluate: false } });
  return true;
}

/** Counts what came, in the order of the rows, and closes the evaluation when all of it is there. */
export function countEvaluation(turn: Turn): boolean {
  for (const [index, piece] of turn.pieces('evaluation').entries()) {
    if (piece.status === 'open') return false;
    if (piece.status === 'added' || piece.winner === null) continue;
    const { winner } = piece;
    turn.setPiece('evaluation', index, { status: 'added' });
    const evaluation = turn.state.evaluation as Evaluation;
    turn.set({ evaluation: { ...evaluation, tally: tallied(evaluation.tally, winner) } });
    turn.emit({ type: 'counted', assignment: winner.copy.id, member: winner.copy.member });
  }
  const { evaluation, config } = turn.state;
  if (evaluation === null) return false;
  const { version, round, epoch, tally } = evaluation;
  const { sums, examples } = tally;
  const metrics = (config.metricsOf ?? metricsOf)({ examples, ...sums });
  turn.emit({ type: 'evaluated', version, round, epoch, sums, examples, metrics });
  turn.set({
    evaluation: null,
    evaluated: { version, epoch, metrics },
    watch: watch(turn.state, metrics),
    plateau: config.plateauAfter?.(turn.state.plateau, metrics) ?? turn.state.plateau,
    due: { ...turn.state.due, commit: true },
  });
  return true;
}

/** Prechelt (1998), "Early stopping — but when?": patience counted in evaluations without an improvement of `minDelta`. */
function watch(state: RoundState, metrics: Readonly<Record<string, number>>): Watch {
  const rule = state.config.earlyStopping;
  if (rule === undefined) return state.watch;
  const value = metrics[rule.metric];
  const { best, since } = state.watch;
  if (value === undefined || !Number.isFinite(value)) return { best, since: since + 1 };
  if (best === null) return { best: value, since: 0 };
  const gain = higherIsBetter(rule.metric) ? value - best : best - value;
  return gain > rule.minDelta ? { best: value, since: 0 } : { best, since: since + 1 };
}
