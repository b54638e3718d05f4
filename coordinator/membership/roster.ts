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
  /** How many of the list are not there. */
  readonly absent: number;
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
      suspects: candidates.filter(wasSuspected),
      absent: members.reduce((count, { present }) => (present ? count : count + 1), 0),
    };
    rosters.set(members, roster);
  }
  return roster;
}

/**
 * A member's place by its id, in one map for all lists that were made one of another: a place is looked at before it is believed, since
 * two lists may have gone on differently from the same one.
 */
const places = new WeakMap<Members, Map<MemberId, number>>();

/** −1 when it is not among them. */
export function placeOf(members: Members, id: MemberId): number {
  let known = places.get(members);
  if (known === undefined) {
    known = new Map(members.map(({ description }, place) => [description.id, place]));
    places.set(members, known);
  }
  const isAt = (place: number): boolean => members[place]?.description.id === id;
  const place = known.get(id);
  if (place === undefined) return -1;
  return isAt(place) ? place : members.findIndex((_, index) => isAt(index));
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
  const next = roster && changedRoster(roster, members[place], changed, place);
  if (next) rosters.set(changed, next);
  return changed;
}

/** The roster of the list in which one member has changed, who may have come or gone; undefined where it must be made anew. */
function changedRoster(
  roster: Roster,
  before: MemberState | undefined,
  members: Members,
  place: number,
): Roster | undefined {
  const after = members[place] as MemberState;
  if (after.description.role === 'evaluator' || before?.description.role === 'evaluator') return undefined;
  const replaced = (list: Members, belongs: (member: MemberState) => boolean): Members | undefined => {
    const was = before !== undefined && belongs(before);
    const is = belongs(after);
    if (!was && !is) return list;
    const at = rankOf(list, members, place);
    if (at === undefined || (was && list[at] !== before)) return undefined;
    const copy = list.slice();
    copy.splice(at, was ? 1 : 0, ...(is ? [after] : []));
    return copy;
  };
  const candidates = replaced(roster.candidates, isCandidate);
  const suspects = replaced(roster.suspects, wasSuspected);
  if (candidates === undefined || suspects === undefined) return undefined;
  const absent = roster.absent + (after.present ? 0 : 1) - (before === undefined || before.present ? 0 : 1);
  return { ...roster, candidates, suspects, absent };
}

/** How many of a part of the list, in its order, stand before this place; undefined where places are not known. */
function rankOf(part: Members, members: Members, place: number): number | undefined {
  let [low, high] = [0, part.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    const at = placeOf(members, (part[middle] as MemberState).description.id);
    if (at < 0) return undefined;
    if (at < place) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** May be given work. */
export function isCandidate({ present, leaving, description }: MemberState): boolean {
  return present && !leaving && description.role !== 'evaluator';
}

/** A candidate that was under suspicion, and may be still. */
function wasSuspected(member: MemberState): boolean {
  return isCandidate(member) && member.suspectUntil !== null;
}

export function isSuspect(member: MemberState, now: Instant): boolean {
  return member.suspectUntil !== null && member.suspectUntil > now;
}
