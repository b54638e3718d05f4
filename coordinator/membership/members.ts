import type { Instant, MemberDescription, MemberId } from '../rounds/types.ts';
import { type Archive, archived, fromArchive } from './archive.ts';
import type { Pace } from './pace.ts';
import { isSuspect, placeOf, rosterOf, withMember } from './roster.ts';

/** What a member did on its own rows, for selection; it is a part of the round state, so a resumed run goes on with it. */
export interface History {
  /** How often it was asked. */
  readonly asked: number;
  /** Its last update that counted: the round, and the mean loss over its rows while it trained. */
  readonly last?: { readonly round: number; readonly loss: number } | undefined;
}

/**
 * What is known of a member, in a list by first join (the order in which equal pieces are handed out), kept for a while after it left, so that it
 * finds its place and its pace again.
 */
export interface MemberState {
  readonly description: MemberDescription;
  readonly present: boolean;
  /** It asked for nothing more. */
  readonly leaving: boolean;
  readonly train: Pace | null;
  readonly evaluate: Pace | null;
  /** It let a deadline pass and lost: until then, or until it is heard of, others are preferred. */
  readonly suspectUntil: Instant | null;
  /** Of work on its own rows; undefined before it was asked for any. */
  readonly history?: History;
  /** Times in a row that it did so: the next suspicion lasts twice as long. */
  readonly suspicions: number;
}

/**
 * So many of the members that left are remembered with all that is known at least; of the earliest joined only what selection needs is
 * kept (`archive.ts`), of many at once, as a look through thousands for each that goes would take longer than all else.
 */
export const REMEMBERED = 256;
const LONGEST_SUSPICION_MS = 60_000;

export function findMember(members: readonly MemberState[], id: MemberId): MemberState | undefined {
  return members[placeOf(members, id)];
}

export function updateMember(
  members: readonly MemberState[],
  id: MemberId,
  change: Partial<MemberState>,
): readonly MemberState[] {
  const place = placeOf(members, id);
  const member = members[place];
  return member === undefined ? members : withMember(members, place, { ...member, ...change });
}

/** These were asked for work on their own rows once more. */
export function asked(members: readonly MemberState[], ids: ReadonlySet<MemberId>): readonly MemberState[] {
  let changed = members;
  for (const id of ids) {
    const { history } = findMember(changed, id) ?? {};
    changed = updateMember(changed, id, { history: { ...history, asked: (history?.asked ?? 0) + 1 } });
  }
  return changed;
}

/** All members that are or were there. */
export interface Membership {
  readonly members: readonly MemberState[];
  readonly archive: Archive;
}

/** A member that joined: new at the end, or in its old place. */
export function joinMember({ members, archive }: Membership, description: MemberDescription): Membership {
  const back = { description, present: true, leaving: false, suspectUntil: null, suspicions: 0 };
  if (findMember(members, description.id) !== undefined) {
    return { members: updateMember(members, description.id, back), archive };
  }
  const known = { train: null, evaluate: null, ...fromArchive(archive, description.id) };
  return forget({ members: withMember(members, members.length, { ...back, ...known }), archive });
}

function forget({ members, archive }: Membership): Membership {
  const { absent } = rosterOf(members);
  if (absent < 2 * REMEMBERED) return { members, archive };
  let excess = absent - REMEMBERED;
  const [kept, gone]: [MemberState[], MemberState[]] = [[], []];
  for (const member of members) (member.present || excess-- <= 0 ? kept : gone).push(member);
  return { members: kept, archive: archived(archive, gone) };
}

/** By list, which never changes; most events need to know only how many they are. */
const candidatesFound = new WeakMap<readonly MemberState[], readonly MemberState[]>();

/** Those that may be given work, by first join. */
export function candidates(members: readonly MemberState[]): readonly MemberState[] {
  let found = candidatesFound.get(members);
  if (found === undefined) {
    found = at(members, rosterOf(members).candidates);
    candidatesFound.set(members, found);
  }
  return found;
}

export function candidateCount(members: readonly MemberState[]): number {
  return rosterOf(members).candidates.length;
}

/** The coordinator's own, in a federated run that evaluates on held-out rows. */
export function evaluators(members: readonly MemberState[]): readonly MemberState[] {
  return at(members, rosterOf(members).evaluators);
}

/** The candidates that are under suspicion. */
export function suspects(members: readonly MemberState[], now: Instant): readonly MemberState[] {
  return at(members, rosterOf(members).suspects).filter((member) => isSuspect(member, now));
}

/** The candidates not under suspicion; all of them when every one is, so that the run goes on. */
export function trusted(members: readonly MemberState[], now: Instant): readonly MemberState[] {
  const all = candidates(members);
  if (suspects(members, now).length === 0) return all;
  const good = all.filter((member) => !isSuspect(member, now));
  return good.length > 0 ? good : all;
}

function at(members: readonly MemberState[], places: readonly number[]): readonly MemberState[] {
  return places.map((place) => members[place] as MemberState);
}

/** @param waitedMs how long it was waited for */
export function suspect(member: MemberState, now: Instant, waitedMs: number): Partial<MemberState> {
  const pause = Math.min(LONGEST_SUSPICION_MS, waitedMs * 2 ** Math.min(member.suspicions, 10));
  return { suspectUntil: now + pause, suspicions: member.suspicions + 1 };
}
