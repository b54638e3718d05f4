import { candidates, trusted } from '../membership/members.ts';
import { split } from '../sharding/split.ts';
import { blank, busyMembers, examplesOf, isWaiting, nextOrder } from './pieces.ts';
import type { Piece, RoundState } from './state.ts';
import { BOARDS, type Board, type Turn } from './turn.ts';

/** Rows below which a part of an evaluation is not worth a member's while. */
const LEAST_EVALUATED = 16;

/**
 * Cuts up what lost its member, where more members stand idle than there are pieces to hand out: one alone would keep all the
 * others waiting for as long again as the whole window took. The parts take the piece's place in the order of summation, so the sum
 * is that of the same rows in the same order.
 */
export function divideLost(turn: Turn): void {
  // What the evaluator lost it does itself when it is back.
  if (turn.state.config.federated) return;
  let waiting = 0;
  for (const board of BOARDS) for (const piece of turn.pieces(board)) if (isWaiting(piece)) waiting += 1;
  if (waiting === 0) return;
  const share = Math.floor(idleMembers(turn.state) / waiting);
  if (share < 2) return;
  for (const board of BOARDS) {
    const pieces = turn.pieces(board);
    const divided = pieces.flatMap((piece, index) =>
      isLost(turn.state, piece) ? parts(turn, board, index, share) : [piece],
    );
    if (divided.length > pieces.length) turn.setPieces(board, divided);
  }
}

function idleMembers(state: RoundState): number {
  const busy = busyMembers(state);
  return trusted(state.members, state.now).filter(({ description }) => !busy.has(description.id)).length;
}

/**
 * Its members are gone: one that is back may have it done, and its update counts. What failed stays whole: its failures say whether
 * anybody can do it.
 */
function isLost(state: RoundState, piece: Piece): boolean {
  if (!isWaiting(piece) || piece.copies.length === 0 || piece.failures.length > 0) return false;
  const there = new Set(candidates(state.members).map(({ description }) => description.id));
  return piece.copies.every(({ member }) => !there.has(member));
}

/** The piece in at most `share` parts, each with an order of its own between the piece's and that of the next. */
function parts(turn: Turn, board: Board, index: number, share: number): readonly Piece[] {
  const pieces = turn.pieces(board);
  const piece = pieces[index] as Piece;
  const { work } = piece;
  const least = leastRows(turn.state, piece);
  if (least === undefined || !('start' in work)) return [piece];
  const room = (pieces[index + 1]?.order ?? nextOrder(piece)) - piece.order;
  const count = Math.min(share, Math.floor((examplesOf(work) ?? 0) / least), room);
  if (count < 2) return [piece];
  for (const { id, member } of piece.copies) {
    turn.emit({ type: 'cancel', assignment: id, member, reason: 'its work was given to others' });
  }
  const stride = Math.floor(room / count);
  return split(
    work,
    Array.from({ length: count }, () => undefined),
  ).map((range, part) => ({
    ...blank(piece, 0),
    order: piece.order + part * stride,
    work: { ...work, ...range },
  }));
}

/** Fewest rows of a part; undefined for work that cannot be cut: local steps on fewer rows are other steps. */
function leastRows({ config }: RoundState, { work }: Piece): number | undefined {
  if (work.kind === 'evaluate') return config.strategy.leastRows ?? LEAST_EVALUATED;
  return work.kind === 'gradient' ? config.strategy.leastRows : undefined;
}
