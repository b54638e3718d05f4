import { joinMember, updateMember } from '../membership/members.ts';
import { divergence } from './diagnose.ts';
import { end } from './end.ts';
import { findCopy } from './pieces.ts';
import { giveBack, heardOf, receive } from './receive.ts';
import type { Turn } from './turn.ts';
import type { AssignmentId, Event, MemberId } from './types.ts';
import { newWindow, stepped } from './window.ts';

/** What an event changes by itself; `progress` then sees what follows from it. */
export function handle(turn: Turn, event: Event): void {
  const { state } = turn;
  switch (event.type) {
    case 'start':
      if (state.status !== 'ready') break;
      turn.set({ status: 'running', committed: { ...state.committed, at: state.now } });
      // The initial weights are committed too: should the first steps diverge, there is something to fall back to.
      if (state.committed.version === null) turn.set({ due: { ...state.due, commit: true } });
      // Work that was out when the commit was made from which this run goes on.
      if (state.snapshot.pending.length > 0)
        turn.set({ window: newWindow(turn.state, state.snapshot.pending) });
      break;
    case 'joined':
      // The old connection of the same member may not be known to be dead: what it held is handed again.
      takeBack(turn, event.member.id, undefined, event.holds);
      turn.set(joinMember(turn.state, event.member));
      break;
    case 'left':
      takeBack(turn, event.member);
      turn.set({ members: updateMember(turn.state.members, event.member, { present: false }) });
      break;
    case 'leaving':
      takeBack(turn, event.member, 'the member leaves');
      turn.set({ members: updateMember(turn.state.members, event.member, { leaving: true }) });
      break;
    case 'update':
      receive(turn, event);
      break;
    case 'failed':
      failed(turn, event);
      break;
    case 'stepped':
      if (state.stepping?.version !== event.version) break;
      if (event.finite) {
        stepped(turn);
      } else {
        turn.set({ stepping: null });
        end(turn, 'diverged', divergence(turn, 'the new weights are not finite'));
      }
      break;
    case 'committed':
      if (state.committing === event.version) turn.set({ committing: null });
      break;
    case 'stop':
      end(turn, event.failed ? 'failed' : 'stopped', event.reason);
      break;
    case 'tick':
      if (state.timer !== null && state.timer <= state.now) turn.set({ timer: null });
      break;
  }
}

/** What the member holds waits for another; should its update come first all the same, it counts. */
function takeBack(turn: Turn, member: MemberId, cancel?: string, holds: readonly AssignmentId[] = []): void {
  turn.mapPieces((piece) => {
    if (piece.status !== 'open' || !piece.copies.some((copy) => copy.member === member)) return piece;
    const copies = piece.copies.map((copy) => {
      if (copy.member !== member) return copy;
      // It is at it again, or still.
      if (holds.includes(copy.id)) return copy.lost ? { ...copy, lost: false } : copy;
      if (copy.lost) return copy;
      if (cancel !== undefined) turn.emit({ type: 'cancel', assignment: copy.id, member, reason: cancel });
      return { ...copy, lost: true };
    });
    if (copies.every((copy, i) => copy === piece.copies[i])) return piece;
    let excess = copies.length - COPIES_KEPT;
    return { ...piece, copies: copies.filter((copy) => !copy.lost || excess-- <= 0) };
  });
}

/** Copies of one piece that are remembered; beyond it those lost first are forgotten. */
const COPIES_KEPT = 32;

function failed(turn: Turn, event: Extract<Event, { type: 'failed' }>): void {
  heardOf(turn, event.member);
  const found = findCopy(turn.state, event.assignment);
  if (found === undefined || found.copy.member !== event.member || found.piece.status !== 'open') return;
  giveBack(turn, found, {
    member: event.member,
    reason: event.reason,
    nonFinite: event.nonFinite ?? false,
  });
}
