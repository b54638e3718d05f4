import { addSums } from '../../shared/nn/metrics/metrics.ts';
import { BLIND_PATIENCE_MS } from '../membership/pace.ts';
import type { Piece as Plan } from '../strategies/strategy.ts';
import type { Copy, Piece, RoundState, Tally, Winner } from './state.ts';
import { BOARDS, type Board } from './turn.ts';
import type { AssignmentId, Instant, MemberId, Work } from './types.ts';

export const EMPTY_TALLY: Tally = {
  received: 0,
  divisor: 0,
  buffersDivisor: 0,
  examples: 0,
  steps: 0,
  scalars: {},
  sums: {},
  members: [],
};

/** Examples of a piece of work; undefined for a member's own data, whose number only the member knows. */
export function examplesOf(work: Work): number | undefined {
  return 'start' in work ? work.end - work.start : undefined;
}

/** Work on a member's own rows: nobody else can do it. */
export function isBound(work: Work): boolean {
  return !('start' in work);
}

/**
 * Bound work that is not waited for any more: its member went, or let the deadline pass. Should its update come while the window is open,
 * it counts all the same.
 */
export function isGivenUp(piece: Piece, now: Instant): boolean {
  return isBound(piece.work) && piece.status === 'open' && (isWaiting(piece) || isOverdue(piece, now));
}

/** Orders are this far apart, so that the parts of a piece find room between it and the next. */
export const ORDER_STRIDE = 64;

/** The order of a piece that follows on this one. */
export function nextOrder(last: Piece): number {
  return (Math.floor(last.order / ORDER_STRIDE) + 1) * ORDER_STRIDE;
}

/** @param order in which its update is summed */
export function newPiece(plan: Omit<Plan, 'member'>, order: number, learningRate: number): Piece {
  return {
    order,
    work: plan.work,
    terms: plan.terms ?? {},
    sections: plan.sections ?? [],
    local: plan.local ?? [],
    ...(plan.measures && { measures: plan.measures }),
    ...(plan.choices && { choices: plan.choices }),
    ...(plan.model !== undefined && { model: plan.model }),
    ...(plan.patienceMs && { patienceMs: plan.patienceMs }),
    learningRate,
    status: 'open',
    copies: [],
    failures: [],
    winner: null,
  };
}

/** A piece as it was planned, without those who had it; `index` is its place in the window. */
export function blank(piece: Piece, index: number): Piece {
  return { ...piece, order: index * ORDER_STRIDE, status: 'open', copies: [], failures: [], winner: null };
}

export function isOut(piece: Piece): boolean {
  return piece.status === 'open' && piece.copies.some((copy) => !copy.lost);
}

export function isWaiting(piece: Piece): boolean {
  return piece.status === 'open' && piece.copies.every((copy) => copy.lost);
}

/** Everyone who has it let the deadline pass. */
export function isOverdue(piece: Piece, now: Instant): boolean {
  return isOut(piece) && piece.copies.every((copy) => copy.lost || isLate(copy, now));
}

/** It is done, or somebody is at it who has time left, and all who are at it have a deadline. */
export function isInHand({ status, copies }: Piece, now: Instant): boolean {
  if (status !== 'open') return true;
  let latest = Number.NEGATIVE_INFINITY;
  for (const { lost, deadline } of copies) {
    if (lost) continue;
    if (deadline === null) return false;
    latest = Math.max(latest, deadline);
  }
  return latest > now;
}

export function isLate(copy: Copy, now: Instant): boolean {
  return patienceOf(copy) <= now;
}

/** When the copy is late. Where nothing has been learned, others that stand idle get a try after a long while. */
export function patienceOf(copy: Copy): Instant {
  return copy.deadline ?? copy.at + BLIND_PATIENCE_MS;
}

/** Members that have work in hand which is still wanted. */
export function busyMembers(state: RoundState): ReadonlySet<MemberId> {
  const busy = new Set<MemberId>();
  for (const board of BOARDS) {
    for (const piece of state[board]?.pieces ?? []) {
      if (piece.status !== 'open') continue;
      for (const copy of piece.copies) if (!copy.lost) busy.add(copy.member);
    }
  }
  return busy;
}

export interface Found {
  readonly board: Board;
  readonly index: number;
  readonly piece: Piece;
  readonly copy: Copy;
}

export function findCopy(state: RoundState, id: AssignmentId): Found | undefined {
  for (const board of BOARDS) {
    for (const [index, piece] of (state[board]?.pieces ?? []).entries()) {
      const copy = piece.copies.find((candidate) => candidate.id === id);
      if (copy !== undefined) return { board, index, piece, copy };
    }
  }
  return undefined;
}

export function tallied(tally: Tally, winner: Winner): Tally {
  const { header, copy } = winner;
  return {
    received: tally.received + 1,
    divisor: tally.divisor + winner.divisor,
    buffersDivisor: tally.buffersDivisor + winner.buffersWeight,
    examples: tally.examples + header.examples,
    steps: Math.max(tally.steps, header.steps),
    scalars: addSums(tally.scalars, winner.scalars ?? {}),
    sums: addSums(tally.sums, header.sums),
    members: tally.members.includes(copy.member) ? tally.members : [...tally.members, copy.member],
  };
}
