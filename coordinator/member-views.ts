import type { UpdateHeader } from '../shared/protocol/assignment.ts';
import type { MemberView } from './events.ts';
import { MemberNames } from './member-names.ts';
import { REMEMBERED } from './membership/members.ts';
import type { MemberDescription, MemberId } from './rounds/types.ts';

/** The members as people see them; those that left are remembered up to a number. */
export class MemberViews {
  private readonly views = new Map<MemberId, MemberView>();
  /** Those that are gone, in the order in which they went: thousands may come and go. */
  private readonly away = new Set<MemberId>();

  private readonly names: MemberNames;

  /** @param known members of earlier lives of the coordinator, which keep their names */
  constructor(
    private readonly changed: (member: MemberView) => void,
    known: readonly MemberDescription[] = [],
  ) {
    this.names = new MemberNames(known);
  }

  get all(): readonly MemberView[] {
    return [...this.views.values()];
  }

  /** What it is called among people. */
  nameOf(member: MemberId): string {
    return this.views.get(member)?.name ?? member;
  }

  /** @returns the member by the name that it has among people: no two that are known have the same */
  joined(member: MemberDescription): MemberDescription {
    const called = { ...member, name: this.names.of(member) };
    this.set({ ...called, connected: true, speed: 0 });
    return called;
  }

  left(member: MemberId): void {
    const view = this.views.get(member);
    if (view) this.set({ ...view, connected: false });
  }

  worked(member: MemberId, { examples, computeMs }: UpdateHeader): void {
    const view = this.views.get(member);
    if (view && computeMs > 0) this.set({ ...view, speed: (examples * 1000) / computeMs });
  }

  private set(member: MemberView): void {
    this.views.set(member.id, member);
    if (member.connected) this.away.delete(member.id);
    else this.away.add(member.id);
    this.changed(member);
    for (const id of this.away) {
      if (this.away.size <= REMEMBERED) break;
      this.away.delete(id);
      this.views.delete(id);
      this.names.forget(id);
    }
  }
}
