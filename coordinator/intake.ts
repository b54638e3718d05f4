import { type Pieces, slicePieces } from '../shared/parameters/pieces.ts';
import { changesWeights } from '../shared/protocol/assignment.ts';
import type { Clock } from '../shared/protocol/clock.ts';
import type { UpdateOffer } from '../shared/protocol/update-offer.ts';
import type { Assignment, AssignmentId, DiscardReason, MemberId } from './rounds/types.ts';
import { Staging, type Upload } from './staging.ts';
import type { UpdateSectionBytes } from './weights/aggregator.ts';
import type { ServerWeights } from './weights/server-weights.ts';

/** Bytes of updates that may be staged at once, beside the one that is next in order. */
const STAGING_BYTES = 64 << 20;

/** An assignment that was handed out and not yet answered. */
interface Handed {
  readonly member: MemberId;
  readonly order: number;
  readonly round: number;
  /** Its update carries vectors; an evaluation's has sums only. */
  readonly trains: boolean;
  /** Vectors of which one may be trained instead of the parameters. */
  readonly choices: readonly string[];
  readonly at: number;
}

/** An update in memory, until the round core says what becomes of it. */
export interface StagedUpdate {
  readonly offer: UpdateOffer;
  readonly sections: readonly UpdateSectionBytes[];
  readonly upload: Upload;
}

/** Why an update is not taken. */
export interface Refusal {
  readonly reason: DiscardReason;
  readonly message: string;
}

export interface IntakeHandlers {
  /** Why an update of this assignment would not count, before its bytes travel. */
  refusal(member: MemberId, assignment: AssignmentId): Refusal | undefined;
  /** Complete, checksummed, of the right size and finite. `elapsedMs` since it was assigned, when that is known. */
  staged(member: MemberId, offer: UpdateOffer, elapsedMs: number | undefined): void;
  /** Its work is not done: what came cannot be used. */
  failed(member: MemberId, assignment: AssignmentId, reason: string, nonFinite: boolean): void;
  brokeOff(assignment: AssignmentId, reason: string): void;
}

/** From announced upload to staged update: lets few in at a time, checks each before anything of it counts. */
export class Intake {
  private readonly staging = new Staging(STAGING_BYTES);
  private readonly handed = new Map<AssignmentId, Handed>();
  private readonly staged = new Map<AssignmentId, StagedUpdate>();

  constructor(
    private readonly weights: ServerWeights,
    private readonly clock: Clock,
    private readonly handlers: IntakeHandlers,
  ) {}

  /**
   * @param bytes of the update that is asked for
   * @returns whether room is kept for it: it may be sent without asking again
   */
  handOut(
    { id, member, order, round, work, choices = [] }: Omit<Assignment, 'version' | 'deadline'>,
    bytes: number,
  ): boolean {
    const at = this.clock.now();
    this.handed.set(id, { member, order, round, trains: changesWeights(work), choices, at });
    return this.staging.promise(id, bytes);
  }

  /** An update was announced: its bytes come when there is room for them, if it can still count. */
  offered(member: MemberId, offer: UpdateOffer): void {
    const refusal = this.handlers.refusal(member, offer.id.assignment);
    if (refusal) return offer.refuse(refusal.reason, refusal.message);
    const handed = this.handed.get(offer.id.assignment);
    const misfit = this.misfit(offer, handed);
    if (misfit) {
      offer.refuse('refused', misfit);
      return this.handlers.failed(member, offer.id.assignment, misfit, false);
    }
    const upload: Upload = {
      assignment: offer.id.assignment,
      order: handed?.order ?? Number.MAX_SAFE_INTEGER,
      bytes: offer.size,
      start: () => void this.stage(member, offer, upload, handed),
    };
    this.staging.enter(upload);
  }

  get(assignment: AssignmentId): StagedUpdate | undefined {
    return this.staged.get(assignment);
  }

  /** Lets go of an assignment and what is staged for it, and tells its member what became of it. */
  free(assignment: AssignmentId, status: Parameters<UpdateOffer['acknowledge']>[0], message = ''): void {
    this.forget(assignment);
    const staged = this.staged.get(assignment);
    if (!staged) return;
    this.staged.delete(assignment);
    this.staging.leave(staged.upload);
    staged.offer.acknowledge(status, message);
  }

  /** Nobody waits for this assignment any more; an update that comes all the same is judged by the round core. */
  forget(assignment: AssignmentId): void {
    this.handed.delete(assignment);
    this.staging.withdraw(assignment);
  }

  /** Forgets assignments of rounds before `round` whose members are gone. */
  forgetBefore(round: number, isThere: (member: MemberId) => boolean): void {
    for (const [id, handed] of this.handed) {
      if (handed.round < round && !isThere(handed.member)) this.forget(id);
    }
  }

  private async stage(
    member: MemberId,
    offer: UpdateOffer,
    upload: Upload,
    handed: Handed | undefined,
  ): Promise<void> {
    const { assignment } = offer.id;
    let payload: Pieces;
    try {
      payload = await offer.accept();
    } catch (error) {
      // The connection broke, or the member took it back: when it comes again, it is offered again.
      this.staging.leave(upload);
      this.handlers.brokeOff(assignment, (error as Error).message);
      return;
    }
    if (this.staged.has(assignment)) {
      this.staging.leave(upload);
      offer.refuse('duplicate', 'this update is here already');
      return;
    }
    const sections = split(payload, offer.sections);
    const fault = this.fault(offer, sections);
    if (fault) {
      this.staging.leave(upload);
      offer.acknowledge('refused', fault.message);
      this.handlers.failed(member, assignment, fault.message, fault.nonFinite);
      return;
    }
    this.staged.set(assignment, { offer, upload, sections });
    this.handlers.staged(member, offer, handed && this.clock.now() - handed.at);
  }

  /** What is wrong with an announcement: memory is taken only for what could count. */
  private misfit({ sections }: UpdateOffer, handed: Handed | undefined): string | undefined {
    for (const { name, codec, bytes } of sections) {
      const fit = this.weights.fits(name, bytes, codec);
      if (fit !== 'ok') return `section '${name.slice(0, 40)}' ${FAULTS[fit]}`;
    }
    const { trains = false, choices = [] } = handed ?? {};
    const main = ['parameters', ...choices];
    const hasParameters = sections.some(({ name }) => main.includes(name));
    if (!handed || trains === hasParameters) return undefined;
    return handed.trains ? 'it holds no parameters' : 'an evaluation has no parameters to hand in';
  }

  /** What is wrong with an update, before anything of it counts. */
  private fault(
    offer: UpdateOffer,
    sections: StagedUpdate['sections'],
  ): { readonly message: string; readonly nonFinite: boolean } | undefined {
    const wrong = Object.entries(offer.header.sums).find(([, value]) => !Number.isFinite(value));
    if (wrong) return { message: `its ${wrong[0]} is ${inWords(wrong[1])}`, nonFinite: true };
    for (const section of sections) {
      const fault = this.weights.fault(section);
      if (fault) return { ...fault, message: `section '${section.name}' ${fault.message}` };
    }
    return undefined;
  }
}

function inWords(value: number): string {
  return Number.isNaN(value) ? 'no number (NaN)' : 'infinite';
}

const FAULTS = {
  unknown: 'is not one that the strategy knows',
  encoding: 'is encoded as it was not asked for',
  size: "does not have the model's size",
} as const;

function split(payload: Pieces, sections: UpdateOffer['sections']): UpdateSectionBytes[] {
  let offset = 0;
  return sections.map(({ name, codec, bytes }) => {
    const section = { name, codec, bytes: slicePieces(payload, offset, offset + bytes) };
    offset += bytes;
    return section;
  });
}
