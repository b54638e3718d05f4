import { numberOf } from './rounds/assignment-number.ts';
import type { Window } from './rounds/state.ts';
import type { AssignmentId, MemberId } from './rounds/types.ts';

/**
 * Which update of each member was the last that counts. A member remembers what the work of each assignment left (control variates,
 * what an encoding lost), and goes on from the one that is named here: so it matches what the coordinator counted.
 *
 * The last is the newest of the member's assignments, not the last that was added: with a lost piece of another's a member has several
 * in one window, which are summed in the order of the plan, and each went on from the one that it did before.
 */
export class CountedUpdates {
  private readonly counted: Map<MemberId, AssignmentId>;
  private readonly kept: Map<MemberId, AssignmentId>;

  /** @param committed the last of each member that the newest commit contains */
  constructor(committed: ReadonlyMap<MemberId, AssignmentId>) {
    this.counted = new Map(committed);
    this.kept = new Map(committed);
  }

  added(update: { readonly member: MemberId; readonly assignment: AssignmentId }): void {
    setNewer(this.counted, update);
  }

  /** These are in the commit that begins: should the coordinator die once it is made, members go back to them. */
  committing(updates: Iterable<{ readonly member: MemberId; readonly assignment: AssignmentId }>): void {
    for (const update of updates) setNewer(this.kept, update);
  }

  /**
   * What an assignment of this member says of it; empty for none.
   *
   * @param window where an update that won its piece waits for its turn: nothing but the coordinator's death keeps it from counting
   */
  of(
    member: MemberId,
    window?: Window | null,
  ): { readonly counted: AssignmentId; readonly kept: AssignmentId } {
    let counted = this.counted.get(member) ?? '';
    for (const { status, winner } of window?.pieces ?? []) {
      if (status !== 'staged' || winner?.copy.member !== member) continue;
      if (isNewer(winner.copy.id, counted)) counted = winner.copy.id;
    }
    return { counted, kept: this.kept.get(member) ?? '' };
  }
}

function setNewer(
  last: Map<MemberId, AssignmentId>,
  { member, assignment }: { readonly member: MemberId; readonly assignment: AssignmentId },
): void {
  if (isNewer(assignment, last.get(member) ?? '')) last.set(member, assignment);
}

function isNewer(one: AssignmentId, other: AssignmentId): boolean {
  if (other === '') return true;
  const [a, b] = [numberOf(one), numberOf(other)];
  return a.incarnation === b.incarnation ? a.number > b.number : a.incarnation > b.incarnation;
}
