import type { Instant, MemberId } from '../rounds/types.ts';
import type { MemberState } from './members.ts';

type Members = readonly MemberState[];

/** What many look for in the list of members, found in one pass over it: places in the list, in its order, which is that of first joining. */
export interface Roster {
  /** Those that may be given work. */
  readonly candidates: readonly number[];
  /** The coordinator's own, in a federated run that evaluates on held-out rows. */
  readonly evaluators: readonly number[];
  /** Candidates that were under suspicion, and may be still. */
  readonly suspects: readonly number[];
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
    const placesOf = (belongs: (member: MemberState) => boolean): readonly number[] =>
      members.flatMap((member, place) => (belongs(member) ? [place] : []));
    roster = {
      candidates: placesOf(isCandidate),
      evaluators: placesOf(({ present, description }) => present && description.role === 'evaluator'),
      suspects: placesOf(wasSuspected),
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
  const next = roster && changedRoster(roster, members[place], member, place);
  if (next) rosters.set(changed, next);
  return changed;
}

/** The roster of the list in which one member has changed, who may have come or gone; undefined where it must be made anew. */
function changedRoster(
  roster: Roster,
  before: MemberState | undefined,
  after: MemberState,
  place: number,
): Roster | undefined {
  if (after.description.role === 'evaluator' || before?.description.role === 'evaluator') return undefined;
  const belonging = (list: readonly number[], belongs: (member: MemberState) => boolean) => {
    const was = before !== undefined && belongs(before);
    const is = belongs(after);
    if (was === is) return list;
    const changed = list.slice();
    changed.splice(rankOf(list, place), was ? 1 : 0, ...(is ? [place] : []));
    return changed;
  };
  const candidates = belonging(roster.candidates, isCandidate);
  const suspects = belonging(roster.suspects, wasSuspected);
  const absent = roster.absent + (after.present ? 0 : 1) - (before === undefined || before.present ? 0 : 1);
  const same = candidates === roster.candidates && suspects === roster.suspects && absent === roster.absent;
  return same ? roster : { ...roster, candidates, suspects, absent };
}

/** How many of the places, which ascend, are before this one. */
function rankOf(list: readonly number[], place: number): number {
  let [low, high] = [0, list.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((list[middle] as number) < place) low = middle + 1;
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
