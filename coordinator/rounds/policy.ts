import type { Piece, RoundState } from './state.ts';
import type { Cursor } from './types.ts';

/** Epochs of which every example has been counted in a version: none of them is in work (`pieces`), or to be planned. */
export function completedEpochs(at: { readonly cursor: Cursor; readonly pieces: readonly Piece[] }): number {
  let epochs = at.cursor.epoch;
  for (const { work } of at.pieces) {
    if (work.kind === 'gradient' || work.kind === 'local') epochs = Math.min(epochs, work.epoch);
  }
  return epochs;
}

export function epochsDone(state: RoundState): number {
  return completedEpochs({ cursor: state.cursor, pieces: state.window?.pieces ?? [] });
}

/** Whether the run may plan work beyond what it has planned. */
export function canPlan(state: RoundState): boolean {
  const { epochs } = state.config;
  return epochs === undefined || state.cursor.epoch < epochs;
}

export function stoppedEarly(state: RoundState): boolean {
  const rule = state.config.earlyStopping;
  return rule !== undefined && state.watch.since >= rule.patience;
}

/** All epochs or rounds are counted. */
export function isComplete(state: RoundState): boolean {
  const { epochs, rounds } = state.config;
  if (rounds !== undefined) return state.round >= rounds;
  return epochs !== undefined && epochsDone(state) >= epochs;
}

export function evaluationDue(state: RoundState): boolean {
  const { config, evaluated } = state;
  const nobody = config.testExamples === 0 && !config.federated?.evaluating;
  if (nobody || evaluated.version === state.version) return false;
  if (isComplete(state)) return true;
  const every = config.evaluateEvery;
  if ('rounds' in every) return state.round % every.rounds === 0;
  return Math.floor(epochsDone(state) / every.epochs) > Math.floor(evaluated.epoch / every.epochs);
}

/** One that falls due while another is under way is looked at again after the next round: training does not wait for the disk. */
export function commitDue(state: RoundState): boolean {
  const { config, committed } = state;
  if (committed.version === state.version || state.committing !== null) return false;
  if (isComplete(state)) return true;
  return (
    state.round - committed.round >= config.commitEvery.rounds ||
    state.now - committed.at >= 1000 * config.commitEvery.seconds
  );
}

/** With `rounds: 1` a round begins from durable weights only. */
export function waitsForCommits(state: RoundState): boolean {
  return state.config.commitEvery.rounds === 1;
}
