import { findMember, type MemberState } from '../membership/members.ts';
import { allowance, FLOOR_MS, type Pace } from '../membership/pace.ts';
import { divideLost } from './divide.ts';
import { busyMembers, examplesOf, isBound, isInHand, isOverdue, isWaiting } from './pieces.ts';
import type { Copy, Piece, RoundState } from './state.ts';
import { takers } from './takers.ts';
import { BOARDS, type Board, type Turn } from './turn.ts';
import type { Assignment, Instant, MemberId } from './types.ts';
import { workload } from './workload.ts';

/** Gives what waits to members that are free, the largest to the fastest; then spare copies of what is overdue. */
export function deal(turn: Turn): void {
  // After most events nothing is to be dealt, and one look at each piece shows it.
  if (BOARDS.every((board) => turn.pieces(board).every((piece) => isInHand(piece, turn.state.now)))) return;
  divideLost(turn);
  learnDeadlines(turn);
  let free: readonly MemberState[] | undefined;
  for (const wanted of [isWaiting, isOverdue]) {
    for (const board of BOARDS) {
      const handed: Handed[] = [];
      for (const index of largestFirst(turn, board, wanted)) {
        free ??= freeMembers(turn.state);
        if (free.length === 0) break;
        const piece = turn.pieces(board)[index] as Piece;
        const member = choose(turn.state, free, piece, board);
        if (member === undefined) continue;
        free = free.filter((other) => other !== member);
        handed.push({ index, member: member.description.id });
      }
      hand(turn, board, handed);
    }
  }
}

/** A piece, by its place, and who is to do it. */
interface Handed {
  readonly index: number;
  readonly member: MemberId;
}

/** Makes assignments of pieces. */
export function hand(turn: Turn, board: Board, handed: readonly Handed[]): void {
  if (handed.length === 0) return;
  const { state } = turn;
  const pieces = turn.pieces(board).slice();
  for (const [i, { index, member }] of handed.entries()) {
    const piece = pieces[index] as Piece;
    const copy: Copy = {
      id: `${state.config.incarnation}-${state.round}-${state.assignments + i}`,
      member,
      version: state.version,
      at: state.now,
      deadline: deadlineOf(state, piece, board, member, state.now),
      lost: false,
    };
    pieces[index] = { ...piece, copies: [...piece.copies, copy] };
    turn.emit({ type: 'assign', assignment: { ...assignmentOf(piece, copy), round: state.round } });
  }
  turn.set({ assignments: state.assignments + handed.length });
  turn.setPieces(board, pieces);
}

function assignmentOf(piece: Piece, { id, member, version, deadline }: Copy): Omit<Assignment, 'round'> {
  return {
    id,
    member,
    version,
    work: piece.work,
    deadline: deadline ?? Number.POSITIVE_INFINITY,
    terms: piece.terms,
    sections: piece.sections,
    local: piece.local,
    ...(piece.measures && { measures: piece.measures }),
    ...(piece.choices && { choices: piece.choices }),
    ...(piece.model !== undefined && { model: piece.model }),
    learningRate: piece.learningRate,
    order: piece.order,
  };
}

function largestFirst(
  turn: Turn,
  board: Board,
  wanted: (piece: Piece, now: Instant) => boolean,
): readonly number[] {
  const pieces = turn.pieces(board);
  const { now } = turn.state;
  const found: number[] = [];
  for (const [index, piece] of pieces.entries()) {
    if (!isBound(piece.work) && wanted(piece, now)) found.push(index);
  }
  return found.sort((a, b) => sizeOf(pieces[b]) - sizeOf(pieces[a]) || a - b);
}

function sizeOf(piece: Piece | undefined): number {
  return piece === undefined ? 0 : (examplesOf(piece.work) ?? 0);
}

function freeMembers(state: RoundState): readonly MemberState[] {
  const busy = busyMembers(state);
  return takers(state).filter((member) => !busy.has(member.description.id));
}

/**
 * NaN may be one member's fault, as of a device with bad memory: before that counts as divergence another one has to try, where one
 * is there that has not. What it does meanwhile ends some time, or is taken from it.
 */
function wantsAnother(state: RoundState, piece: Piece): boolean {
  if (!piece.failures.some(({ nonFinite }) => nonFinite)) return false;
  const failed = failedAt(piece);
  return takers(state).some((member) => !failed.has(member.description.id));
}

function failedAt(piece: Piece): ReadonlySet<MemberId> {
  return new Set(piece.failures.map(({ member }) => member));
}

/** The fastest free member, but rather one that has not failed at this piece. */
function choose(
  state: RoundState,
  free: readonly MemberState[],
  piece: Piece,
  board: Board,
): MemberState | undefined {
  const failed = failedAt(piece);
  const fresh = free.filter((member) => !failed.has(member.description.id));
  if (fresh.length === 0 && isWaiting(piece) && wantsAnother(state, piece)) return undefined;
  const pool = fresh.length > 0 ? fresh : free;
  const speed = (member: MemberState) => paceOf(member, board)?.speed ?? 0;
  return pool.reduce<MemberState | undefined>(
    (best, member) => (best === undefined || speed(member) > speed(best) ? member : best),
    undefined,
  );
}

/** Evaluating costs less than training: what is known of the one bounds the other. */
function paceOf(member: MemberState, board: Board): Pace | null {
  return board === 'evaluation' ? (member.evaluate ?? member.train) : member.train;
}

/** By list of members, which never changes: a round asks once for each of its strangers. */
const pacesFound: Readonly<Record<Board, WeakMap<readonly MemberState[], readonly Pace[]>>> = {
  window: new WeakMap(),
  evaluation: new WeakMap(),
};

function pacesOf({ members }: RoundState, board: Board): readonly Pace[] {
  let paces = pacesFound[board].get(members);
  if (paces === undefined) {
    paces = slowest(members.map((member) => paceOf(member, board)).filter((pace) => pace !== null));
    pacesFound[board].set(members, paces);
  }
  return paces;
}

/** The pace that decides about strangers, alone; none when none is known. */
function slowest(paces: readonly Pace[]): readonly Pace[] {
  const time = ({ turnaround, deviation }: Pace): number => turnaround + deviation;
  const [first, ...rest] = paces;
  return first === undefined
    ? []
    : [rest.reduce((worst, pace) => (time(pace) > time(worst) ? pace : worst), first)];
}

function deadlineOf(
  state: RoundState,
  piece: Piece,
  board: Board,
  id: MemberId,
  at: Instant,
): Instant | null {
  const member = findMember(state.members, id);
  const examples = workload(piece.work, member?.description.rows);
  const own = member === undefined ? null : paceOf(member, board);
  const learned = allowance(own, () => pacesOf(state, board), examples);
  const patience = Math.min(
    learned ?? Number.POSITIVE_INFINITY,
    piece.patienceMs ?? Number.POSITIVE_INFINITY,
  );
  return patience === Number.POSITIVE_INFINITY ? null : at + Math.ceil(patience);
}

/** What was handed out before anything was known gets its deadline as soon as something is. */
function learnDeadlines(turn: Turn): void {
  turn.mapPieces((piece, board) => {
    if (piece.status !== 'open' || piece.copies.every((copy) => copy.lost || copy.deadline !== null)) {
      return piece;
    }
    if (!pacesKnown(turn, board)) return piece;
    const copies = piece.copies.map((copy) => {
      if (copy.lost || copy.deadline !== null) return copy;
      const deadline = deadlineOf(turn.state, piece, board, copy.member, copy.at);
      return deadline === null ? copy : { ...copy, deadline: Math.max(deadline, turn.state.now + FLOOR_MS) };
    });
    return copies.every((copy, i) => copy === piece.copies[i]) ? piece : { ...piece, copies };
  });
}

function pacesKnown(turn: Turn, board: Board): boolean {
  return turn.state[board] !== null && pacesOf(turn.state, board).length > 0;
}
