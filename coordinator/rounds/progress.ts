import { candidateCount } from '../membership/members.ts';
import { deal } from './deal.ts';
import { commit, end, finish } from './end.ts';
import { countEvaluation, openEvaluation } from './evaluation.ts';
import { canPlan, evaluationDue, isComplete, stoppedEarly, waitsForCommits } from './policy.ts';
import type { RoundState } from './state.ts';
import { rearm } from './timer.ts';
import type { Turn } from './turn.ts';
import { abandonWindow, anyoneFree, close, flush, hasWaiting, plan } from './window.ts';

/** Does everything that can be done now. Each branch either makes the state different, or waits for an event. */
export function progress(turn: Turn): void {
  if (turn.state.status === 'running') run(turn);
  if (turn.state.status === 'ending') finish(turn);
  if (turn.state.status !== 'running') return;
  announce(turn);
  rearm(turn);
}

function run(turn: Turn): void {
  while (advanceOnce(turn)) if (turn.state.status !== 'running') return;
  // While a step is made nothing is added, and nothing is handed out: new weights are a moment away.
  if (turn.state.stepping === null) deal(turn);
}

/** One move; false when there is none. */
function advanceOnce(turn: Turn): boolean {
  const { state } = turn;
  if (state.stepping !== null) return false;
  if (state.evaluation !== null) {
    if (countEvaluation(turn)) return true;
    deal(turn);
  } else if (state.due.evaluate || owesLastEvaluation(state)) {
    if (openEvaluation(turn)) return true;
  }
  if (turn.state.due.commit && turn.state.committing === null) {
    commit(turn);
    return true;
  }
  if (isOver(turn)) return true;
  return train(turn);
}

/** A run that comes back from a commit made at its end, or has no rounds at all. */
function owesLastEvaluation(state: RoundState): boolean {
  return isComplete(state) && evaluationDue(state);
}

function isOver(turn: Turn): boolean {
  const { state } = turn;
  if (state.evaluation !== null || state.due.evaluate || state.due.commit) return false;
  if (isComplete(state)) {
    if (owesLastEvaluation(state)) return false;
    end(turn, 'completed', `All ${state.config.epochs ?? state.config.rounds} ${unit(state)} are done.`);
  } else if (stoppedEarly(state)) {
    const rule = state.config.earlyStopping;
    const best = state.watch.best === null ? '' : ` (best: ${state.watch.best})`;
    end(turn, 'early-stopping', `No better ${rule?.metric} in ${state.watch.since} evaluations${best}.`);
  } else return false;
  return true;
}

function unit(state: RoundState): string {
  return state.config.epochs === undefined ? 'rounds' : 'epochs';
}

function train(turn: Turn): boolean {
  const { state } = turn;
  const { strategy } = state.config;
  const byPosition = strategy.summation === 'position';
  const held = state.due.commit || (waitsForCommits(state) && state.committing !== null);
  if (state.window !== null) {
    flush(turn);
    if (abandonWindow(turn)) return true;
    const evaluating = state.evaluation !== null || state.due.evaluate;
    if (!held && !evaluating && close(turn, canPlan(turn.state))) return true;
  }
  if (state.window === null) {
    if (byPosition && (held || state.evaluation !== null || state.due.evaluate)) return false;
  }
  deal(turn);
  return mayPlan(turn.state) && plan(turn);
}

function mayPlan(state: RoundState): boolean {
  const overlaps = state.config.strategy.summation === 'arrival';
  if (state.window !== null && (!overlaps || hasWaiting(state))) return false;
  if (!canPlan(state) || candidateCount(state.members) < state.config.minimumMembers) return false;
  return anyoneFree(state);
}

/** Says what is waited for, once for every change of it. */
function announce(turn: Turn): void {
  const { state } = turn;
  const present = candidateCount(state.members);
  const minimum = state.config.minimumMembers;
  const idle = state.stepping === null && state.committing === null;
  let waiting: string | null = null;
  const inWork = [state.evaluation, state.window].some((board) =>
    board?.pieces.some((piece) => piece.status === 'open'),
  );
  if (idle && !inWork && present < minimum) {
    waiting = `${present} of ${minimum} members are here`;
  } else if (idle && hasWaiting(state) && present === 0) {
    waiting = 'every member is gone';
  }
  if (waiting === state.waiting) return;
  turn.set({ waiting });
  if (waiting !== null) turn.emit({ type: 'waiting', reason: waiting });
}
