import { commitSnapshot } from './fresh.ts';
import { BOARDS, type Turn } from './turn.ts';
import type { FinishReason } from './types.ts';

/** Begins the end: calls off what is out, frees what is staged. `finish` follows when nothing is under way any more. */
export function end(turn: Turn, reason: FinishReason, message: string, suspect?: number): void {
  if (turn.state.ending !== null) return;
  for (const board of BOARDS) {
    for (const piece of turn.pieces(board)) {
      if (piece.status === 'staged' && piece.winner !== null) {
        const { copy, header } = piece.winner;
        turn.emit({
          type: 'discard',
          assignment: copy.id,
          member: copy.member,
          reason: 'late',
          message: 'the run ends',
          round: turn.state.round,
          baseVersion: copy.version,
          examples: header.examples,
        });
      }
      if (piece.status !== 'open') continue;
      for (const copy of piece.copies) {
        if (copy.lost) continue;
        turn.emit({ type: 'cancel', assignment: copy.id, member: copy.member, reason: 'the run ends' });
      }
    }
  }
  // A window that is being stepped stays until `stepped` has closed it.
  const window = turn.state.stepping === null ? null : turn.state.window;
  turn.set({
    status: 'ending',
    ending: suspect === undefined ? { reason, message } : { reason, message, suspect },
    window,
    evaluation: null,
    due: { commit: false, evaluate: false },
  });
}

/** The last commit, then the end. After divergence the last commit stands as it is: what came after it is suspect. */
export function finish(turn: Turn): void {
  const { state } = turn;
  if (state.ending === null || state.stepping !== null || state.committing !== null) return;
  if (state.ending.reason !== 'diverged' && state.committed.version !== state.version) {
    commit(turn);
  } else {
    turn.set({ status: 'finished', window: null });
    turn.emit({ type: 'finished', ...state.ending });
  }
}

export function commit(turn: Turn): void {
  const { version, round, now } = turn.state;
  turn.set({
    committing: version,
    committed: { version, round, at: now },
    due: { ...turn.state.due, commit: false },
  });
  turn.emit({ type: 'commit', version, checkpoint: commitSnapshot(turn.state) });
}
