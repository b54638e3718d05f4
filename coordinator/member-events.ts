import type { CloseReason } from '../shared/protocol/channel.ts';
import type { UpdateOffer } from '../shared/protocol/update-offer.ts';
import type { Committer } from './committer.ts';
import type { MemberHandlers } from './connections.ts';
import type { CoordinatorOptions } from './coordinator-options.ts';
import type { IntakeHandlers, Refusal } from './intake.ts';
import type { MemberViews } from './member-views.ts';
import type { PhaseClock } from './phases.ts';
import type { RoundLoop } from './round-loop.ts';
import { admit } from './rounds/admission.ts';
import type { AssignmentId, DiscardReason, MemberDescription, MemberId } from './rounds/types.ts';
import { Strangers } from './strangers.ts';

export interface MemberEventParts {
  readonly loop: RoundLoop;
  readonly members: MemberViews;
  readonly committer: Committer;
  readonly phases: PhaseClock;
  readonly log: CoordinatorOptions['log'];
  readonly isOver: () => boolean;
  readonly discarded: (reason: DiscardReason) => void;
}

/** What members do, as events of the round core: who came and went, which updates are there, what could not be done. */
export class MemberEvents implements MemberHandlers, IntakeHandlers {
  private readonly strangers = new Strangers();

  constructor(private readonly parts: MemberEventParts) {}

  joined(member: MemberDescription, holds: readonly AssignmentId[]): void {
    const { loop, members } = this.parts;
    const called = member.role === 'evaluator' ? member : members.joined(member);
    loop.happened({ type: 'joined', member: called, holds });
  }

  left(member: MemberId, reason: string): void {
    const { loop, members, log, isOver } = this.parts;
    // Members go when the run has ended: that is no news.
    if (isOver()) return;
    members.left(member);
    log?.('info', `${members.nameOf(member)} left: ${reason}`, { member });
    loop.happened({ type: 'left', member, reason });
  }

  leaving(member: MemberId): void {
    this.parts.loop.happened({ type: 'leaving', member });
  }

  stranger(remote: string, reason: CloseReason): void {
    const notice = this.strangers.ended(remote, reason);
    if (notice) this.parts.log?.('warn', notice);
  }

  failed(member: MemberId, assignment: AssignmentId, reason: string, nonFinite = false): void {
    const { loop, members, log } = this.parts;
    log?.('warn', `${members.nameOf(member)} could not do ${assignment}: ${reason}`);
    loop.happened({ type: 'failed', assignment, member, reason, nonFinite });
  }

  refusal(member: MemberId, assignment: AssignmentId): Refusal | undefined {
    const { loop, committer, discarded } = this.parts;
    // How many are staged at once is the intake's business: here, only whether it can count at all.
    const admission = admit(loop.state, assignment, member, 0, 1);
    if (admission.kind !== 'refuse') return undefined;
    committer.books.discard({ assignment, member, reason: admission.reason, examples: 0 });
    discarded(admission.reason);
    return admission;
  }

  staged(member: MemberId, { header, id }: UpdateOffer, elapsedMs: number | undefined): void {
    const { loop, members, phases } = this.parts;
    if (elapsedMs !== undefined) phases.update(elapsedMs, header.computeMs);
    members.worked(member, header);
    loop.happened({ type: 'update', assignment: id.assignment, member, header });
  }

  brokeOff(assignment: AssignmentId, reason: string): void {
    this.parts.log?.('info', `upload of ${assignment} broke off: ${reason}`);
  }
}
