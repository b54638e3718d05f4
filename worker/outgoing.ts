import type { MemberSession } from '../shared/protocol/member-session.ts';
import type { AssignmentMessage } from '../shared/protocol/messages.ts';
import type { MemberEvents, OutgoingUpdate } from './events.ts';
import type { MemberOptions } from './member-options.ts';
import type { PackedResult } from './trainer/packed.ts';

/** What sending needs of the member that it is a part of. */
export interface Sender extends Pick<MemberOptions, 'own' | 'outgoing'> {
  readonly session: MemberSession;
  readonly emit: <Name extends 'sending' | 'done' | 'failed'>(
    name: Name,
    ...news: MemberEvents[Name]
  ) => void;
  /** Whether it has left: nothing is sent then, and what is under way was handed back. */
  left(): boolean;
}

/** The updates of a member on their way out; a participant's are shown to whoever guards them first. */
export class Outgoing {
  private readonly sending = new Map<string, AssignmentMessage>();

  constructor(private readonly sender: Sender) {}

  /** Whose updates are on their way. */
  get assignments(): Iterable<AssignmentMessage> {
    return this.sending.values();
  }

  /**
   * Lets the update go: the next assignment may be computed while it travels.
   *
   * @param result of a participant: with its hash
   * @returns why it does not leave, and its member must; undefined when it does
   */
  send(assignment: AssignmentMessage, result: PackedResult): string | undefined {
    const { id, round, work } = assignment;
    const { header, sections, payload, hash } = result;
    const { sender } = this;
    if (sender.own) {
      if (hash === undefined) throw new Error(`the update of ${id} leaves a participant without a hash`);
      const update: OutgoingUpdate = {
        ...{ id, round, work },
        examples: header.examples,
        sums: Object.keys(header.sums),
        sections: sections.map(({ name, codec, bytes }) => ({ name, codec, bytes: bytes.length })),
        bytes: payload.length,
        hash,
      };
      const limit = sender.left() ? 'it has left' : this.heldBack(update);
      if (limit !== undefined) return limit;
      sender.emit('sending', update);
    }
    this.upload(assignment, result);
    return undefined;
  }

  private upload(assignment: AssignmentMessage, { header, sections, payload }: PackedResult): void {
    const { id, round, work, incarnation, uploadCredit } = assignment;
    const { sender } = this;
    this.sending.set(id, assignment);
    void sender.session
      .upload(
        {
          assignment: id,
          incarnation,
          header,
          credit: uploadCredit,
          sections: sections.map(({ bytes, ...section }) => ({ ...section, bytes: bytes.length })),
        },
        payload,
      )
      .finally(() => this.sending.delete(id))
      .then(
        (status) => {
          const { examples, computeMs, sums } = header;
          sender.emit('done', { id, round, work, status, examples, computeMs, sums });
        },
        (error: Error) => {
          if (!sender.left()) sender.emit('failed', { id, message: error.message });
        },
      );
  }

  /** Why an update does not leave. */
  private heldBack(update: OutgoingUpdate): string | undefined {
    try {
      return this.sender.outgoing?.(update);
    } catch (error) {
      this.sender.emit('failed', { id: update.id, message: (error as Error).message });
      return 'what leaves could not be recorded';
    }
  }
}
