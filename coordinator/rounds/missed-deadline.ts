import { candidates } from '../membership/members.ts';
import { end } from './end.ts';
import { isOverdue } from './pieces.ts';
import type { Piece } from './state.ts';
import type { Turn } from './turn.ts';

/** So many windows in a row are no chance once every member that is there was too late in one of them. */
const WINDOWS_TO_GIVE_UP = 10;
/** Of very many members not all have to be asked. */
const WINDOWS_AT_MOST = 100;

/**
 * A window is over and nothing came of it: where the job names a deadline that nobody meets, no window after it goes better, and the run
 * would plan for ever. Members that went are no sign of that: they are waited for.
 */
export function missedDeadline(turn: Turn, pieces: readonly Piece[]): void {
  const { fruitless, members, now, round } = turn.state;
  const missed = pieces.filter((piece) => piece.patienceMs !== undefined && isOverdue(piece, now));
  if (missed.length === 0) return;
  const late = new Set(fruitless.late.members);
  for (const { copies } of missed) for (const { member, lost } of copies) if (!lost) late.add(member);
  const windows = fruitless.late.windows + 1;
  const everyone = candidates(members).every(({ description }) => late.has(description.id));
  if (windows < WINDOWS_TO_GIVE_UP || (!everyone && windows < WINDOWS_AT_MOST)) {
    turn.set({ fruitless: { ...fruitless, late: { windows, members: [...late] } } });
    return;
  }
  const seconds = Math.max(...missed.map(({ patienceMs = 0 }) => patienceMs)) / 1000;
  end(
    turn,
    'failed',
    `No participant answered within members.selection.deadline (${seconds} s), ${windows} times in a row (round ${round}). ` +
      'The weights so far are kept. Set a deadline in which a participant can fetch the weights, train and answer, ' +
      'or leave it out: it is then learned from how long they take.',
  );
}
