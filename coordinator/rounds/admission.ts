import { findCopy } from './pieces.ts';
import { misplaced } from './receive.ts';
import type { RoundState } from './state.ts';
import type { AssignmentId, DiscardReason, MemberId } from './types.ts';

/** `take` it now; `wait` until an update has been added or discarded; or `refuse` it before its bytes travel. */
export type Admission =
  | { readonly kind: 'take' }
  | { readonly kind: 'wait' }
  | { readonly kind: 'refuse'; readonly reason: DiscardReason; readonly message: string };

/**
 * Whether an offered update may be sent now, so that the updates staged at once do not grow with the number of members. The one
 * that is next in the order of summation is always taken: the staged ones wait for it.
 *
 * @param staged updates that are staged or on their way
 * @param limit how many of them there may be, the next one apart
 */
export function admit(
  state: RoundState,
  assignment: AssignmentId,
  member: MemberId,
  staged: number,
  limit: number,
): Admission {
  const found = findCopy(state, assignment);
  const wrong = misplaced(state, assignment, member, found);
  if (wrong !== undefined) return { kind: 'refuse', ...wrong };
  if (state.status === 'finished' || found === undefined) {
    return { kind: 'refuse', reason: 'late', message: 'the run has ended' };
  }
  if (staged < limit || found.board === 'evaluation') return { kind: 'take' };
  const next = state.window?.pieces.find((piece) => piece.status === 'open');
  const isNext = state.config.strategy.summation === 'position' && next === found.piece;
  return { kind: isNext ? 'take' : 'wait' };
}
