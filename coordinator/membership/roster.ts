import type { Instant, MemberId } from '../rounds/types.ts';
import type { MemberState } from './members.ts';

type Members = readonly MemberState[];

/** What many look for in the list of members, found in one pass over it. */
export interface Roster {
  /** Those that may be given work, by first join. */
  readonly candidates: Members;
  /** The coordinator's own, in a federated run that evaluates on held-out rows. */
  readonly evaluators: Members;
  /** Candidates that were under suspicion, and may be still. */
  readonly suspects: Members;
}

/**
 * The lists never change, so what was found in one holds for as long as it lives: with thousands of members each event would else pass
 * over all of them a dozen times.
 */
const rosters = new WeakMap<Members, Roster>();

export function rosterOf(members: Members): Roster {
  let roster = rosters.get(members);
  if (roster === undefined) {
    const candidates = members.filter(isCandidate);
    roster = {
      candidates,
      evaluators: members.filter(({ present, description }) => present && description.role === 'evaluator'),
      suspects: candidates.filter(({ suspectUntil }) => suspectUntil !== null),
    };
    rosters.set(members, roster);
  }
  return roster;
}

/** A member's place by its id, handed on from list to list: a place is looked at before it is believed. */
const places = new WeakMap<Members, Map<MemberId, number>>();

/** −1 when it is not among them. */
export function placeOf(members: Members, id: MemberId): number {
  let known = places.get(members);
  if (known === undefined) {
    known = new Map(members.map(({ description }, place) => [description.id, place]));
    places.set(members, known);
  }
  const place = known.get(id) ?? -1;
  return members[place]?.description.id === id ? place : -1;
}

/** The list with one member in another state, or with one more at its end. */
export function withMember(members: Members, place: number, member: MemberState): Members {
  const changed = members.slice();
  changed[place] = member;
  const known = places.get(members);
  if (known !== undefined) {
    known.set(member.description.id, place);
    places.set(changed, known);
  }
  const roster = rosters.get(members);
  const next = roster && changedRoster(roster, members[place], member);
  if (next) rosters.set(changed, next);
  return changed;
}

/** The same with one candidate in another state, or one more; undefined where more than that has changed. */
function changedRoster(
  roster: Roster,
  before: MemberState | undefined,
  after: MemberState,
): Roster | undefined {
  if (!isCandidate(after) || (before !== undefined && !isCandidate(before))) return undefined;
  const candidates = roster.candidates.slice();
  candidates[before === undefined ? candidates.length : candidates.indexOf(before)] = after;
  const suspects = roster.suspects.filter((member) => member !== before);
  // In the order of the list, as it would be found in it.
  if (after.suspectUntil !== null && suspects.length > 0) return undefined;
  return { ...roster, candidates, suspects: after.suspectUntil === null ? suspects : [after] };
}

/** May be given work. */
export function isCandidate({ present, leaving, description }: MemberState): boolean {
  return present && !leaving && description.role !== 'evaluator';
}

export function isSuspect(member: MemberState, now: Instant): boolean {
  return member.suspectUntil !== null && member.suspectUntil > now;
}
