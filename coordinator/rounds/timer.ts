import { patienceOf } from './pieces.ts';
import { BOARDS, type Turn } from './turn.ts';
import { nextPardon } from './window.ts';

/** Asks for a tick at the next deadline or end of a suspicion. An earlier one that is asked for already will do. */
export function rearm(turn: Turn): void {
  const { state } = turn;
  let next = Number.POSITIVE_INFINITY;
  for (const board of BOARDS) {
    for (const piece of turn.pieces(board)) {
      if (piece.status !== 'open') continue;
      for (const copy of piece.copies) {
        const until = patienceOf(copy);
        if (!copy.lost && until > state.now) next = Math.min(next, until);
      }
    }
  }
  next = Math.min(next, nextPardon(state) ?? next);
  if (next === Number.POSITIVE_INFINITY) return;
  if (state.timer !== null && state.timer > state.now && state.timer <= next) return;
  turn.set({ timer: next });
  turn.emit({ type: 'timer', at: next });
}
