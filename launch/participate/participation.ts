import { type Clock, systemClock, type Timer } from '../../shared/protocol/clock.ts';
import { Emitter } from '../../shared/protocol/emitter.ts';
import { type FinalRefusal, isFoundHere } from '../../shared/protocol/member-session.ts';
import type { Welcome } from '../../shared/protocol/messages.ts';
import { createMember, type NodeMemberOptions } from '../../worker/create-member.ts';
import type { OutgoingUpdate } from '../../worker/events.ts';
import type { Member } from '../../worker/member.ts';
import type { Answer, Asked } from '../../worker/participant/asked.ts';
import { type LimitOptions, Limits, type Reached } from '../../worker/participant/limits.ts';
import { type NewEntry, spentBy } from './record.ts';
import type { Agreement, RunState } from './run-state.ts';

/** A person's answer: what was shown, and who said yes to it. */
export type Decision =
  | { readonly agreed: true; readonly by: Agreement['by']; readonly shown: string }
  | { readonly agreed: false; readonly reason: string };

export interface ParticipationOptions {
  readonly member: Omit<NodeMemberOptions, 'consent' | 'limit' | 'maxModel' | 'outgoing' | 'resumeToken'>;
  readonly state: RunState;
  readonly limits: LimitOptions;
  /** Asked once for each thing that nobody agreed to yet. @param over when the answer is not wanted any more */
  readonly ask: (asked: Asked, over: AbortSignal) => Promise<Decision>;
  /** Somebody waits to be asked: it connects once, also outside its hours. */
  readonly attended: boolean;
  /** HOST:PORT, for the record. */
  readonly coordinator: string;
  readonly clock?: Clock;
}

/** How it ended. */
export type Ending =
  /** The run was stopped by whoever runs it, and may be gone on with. */
  | { readonly kind: 'finished' | 'stopped' | 'left' | 'limit'; readonly message: string }
  | { readonly kind: 'refused'; readonly refusal: FinalRefusal; readonly cause: Error | undefined };

export type ParticipationEvents = {
  /** A session of this participant, to be listened to; another one after each pause. */
  member: [member: Member];
  /** Until its hours begin. */
  pauses: [reason: string, until: Date];
};

/**
 * A participant over all its sessions with a run: holds it to what was agreed to and to its own limits, writes down what leaves before it
 * leaves, goes when its hours end and is back, as the same participant, when they begin.
 */
export class Participation extends Emitter<ParticipationEvents> {
  readonly done: Promise<Ending>;
  private readonly clock: Clock;
  private readonly limits: Limits;
  private readonly over = new AbortController();
  private question = new AbortController();
  private end!: (ending: Ending) => void;
  private fail!: (error: unknown) => void;
  private member: Member | undefined;
  private timer: Timer;
  /** Why the present session ends, when it is a limit's doing. */
  private reached: Reached | undefined;
  private resumeToken: string | undefined;
  private ended = false;
  private saved: Promise<void> = Promise.resolve();

  constructor(private readonly options: ParticipationOptions) {
    super();
    const { state, limits, clock = systemClock } = options;
    this.clock = clock;
    this.limits = new Limits(limits, spentBy(state.entries));
    this.resumeToken = state.resumeToken;
    this.done = new Promise((resolve, reject) => {
      this.end = resolve;
      this.fail = reject;
    });
  }

  start(): void {
    const spent = this.limits.spentUp();
    if (spent) return this.finish({ kind: 'limit', message: spent.reason });
    const { hours } = this.options.limits;
    const isAsked = this.options.attended && !this.options.state.agreed;
    if (hours && !hours.contains(this.now()) && !isAsked)
      return this.pause(`outside this participant’s hours (${hours.text})`);
    this.session().catch((error: unknown) => this.fails(error));
  }

  /** Hands back what it holds, and goes. */
  leave(): void {
    if (this.ended) return;
    if (this.member) void this.member.leave();
    else this.finish({ kind: 'left', message: 'asked to stop' });
  }

  private now(): Date {
    return new Date(this.clock.now());
  }

  private async session(): Promise<void> {
    this.reached = undefined;
    const member = await createMember({
      ...this.options.member,
      ...(this.resumeToken && { resumeToken: this.resumeToken }),
      maxModel: this.options.limits.maxModel,
      consent: (asked) => this.consent(asked),
      limit: ({ work }) => this.reach(this.limits.beforeWork(work, this.now())),
      outgoing: (update) => this.outgoing(update),
    });
    if (this.ended) return void member.leave();
    this.member = member;
    let ending: Ending | undefined;
    member.on('joined', (welcome) => this.joined(welcome));
    member.on('done', ({ id, status, computeMs }) => {
      this.limits.took(computeMs);
      this.note({ event: 'answered', assignment: id, status });
      const spent = this.limits.spentUp();
      if (spent && !this.reached) void member.leave(this.reach(spent));
    });
    member.on('surveyed', () => this.question.abort());
    member.on('failed', ({ id, message }) => this.note({ event: 'failed', assignment: id, message }));
    member.on('refused', (refusal, cause) => {
      // A wrong fingerprint or address is found here, before the coordinator hears a word.
      const isOurs = cause !== undefined || isFoundHere(refusal);
      const reason = cause || !isOurs ? refusal.message : `cannot join: ${refusal.message}`;
      this.note({ event: 'refused', by: isOurs ? 'this participant' : 'the coordinator', reason });
      ending = { kind: 'refused', refusal, cause };
    });
    member.on('finished', ({ reason, message }) => {
      if (reason === 'left') this.note({ event: 'left', reason: this.reached?.reason ?? 'asked to stop' });
      ending ??= { kind: reason === 'left' || reason === 'stopped' ? reason : 'finished', message };
    });
    member.on('closed', () => this.closed(ending));
    this.emit('member', member);
    member.start();
    this.leaveWhenHoursEnd(member);
  }

  private closed(ending: Ending | undefined): void {
    this.clock.clearTimeout(this.timer);
    this.member = undefined;
    const { reached } = this;
    if (ending?.kind === 'refused' || !reached) {
      return this.finish(ending ?? { kind: 'left', message: 'the connection was closed' });
    }
    if (reached.comesBack) this.pause(reached.reason);
    else this.finish({ kind: 'limit', message: reached.reason });
  }

  private finish(ending: Ending): void {
    if (this.ended) return;
    this.stop();
    this.end(ending);
  }

  private fails(error: unknown): void {
    if (this.ended) return;
    this.stop();
    void this.member?.leave('its records cannot be kept');
    this.fail(error);
  }

  private note(entry: NewEntry): void {
    if (this.ended) return;
    try {
      this.options.state.add(entry);
    } catch (error) {
      this.fails(error);
    }
  }

  private stop(): void {
    this.ended = true;
    this.over.abort();
    this.clock.clearTimeout(this.timer);
    this.options.state.close();
  }

  /** Waits for its hours with one timer, and no connection. */
  private pause(reason: string): void {
    const now = this.now();
    const until = this.options.limits.hours!.nextBegin(now);
    this.emit('pauses', reason, until);
    this.timer = this.clock.setTimeout(() => this.start(), until.getTime() - now.getTime());
  }

  private leaveWhenHoursEnd(member: Member): void {
    const { hours } = this.options.limits;
    const now = this.now();
    if (!hours?.contains(now)) return;
    const reason = `this participant’s hours (${hours.text}) are over`;
    this.timer = this.clock.setTimeout(
      () => void member.leave(this.reach({ reason, comesBack: true })),
      hours.nextEnd(now).getTime() - now.getTime(),
    );
  }

  private reach(reached: Reached | undefined): string | undefined {
    if (reached) this.reached = reached;
    return reached?.reason;
  }

  /** Written down before it leaves; what cannot be written down stays. */
  private outgoing({ id, work, hash, ...update }: OutgoingUpdate): string | undefined {
    const limit = this.reach(this.limits.beforeSending(update.bytes));
    if (limit !== undefined) return limit;
    this.options.state.add({
      event: 'sent',
      assignment: id,
      work: work.kind,
      sha256: hash,
      ...copied(update),
    });
    this.limits.sends(work, update.bytes);
    return undefined;
  }

  private joined(welcome: Welcome): void {
    const { state, coordinator } = this.options;
    // What is another run is refused when it asks.
    if (state.run && state.run.run !== welcome.run) return;
    this.resumeToken = welcome.resumeToken || undefined;
    // One after the other: connections may come and go quickly.
    this.saved = this.saved.then(() => state.joined(welcome, coordinator));
    this.saved.catch((error: unknown) => this.fails(error));
  }

  /** One question at a time: what was asked before is not asked any more. */
  private nextQuestion(): AbortSignal {
    this.question.abort();
    this.question = new AbortController();
    return AbortSignal.any([this.over.signal, this.question.signal]);
  }

  private async consent(asked: Asked): Promise<Answer> {
    const { state } = this.options;
    await this.saved;
    const objection = state.objection(asked);
    if (objection) return { refuse: objection, code: 'check' };
    if (asked.kind === 'train') await state.keepModel(asked.model);
    if (!state.isAgreed(asked)) {
      const decision = await this.options.ask(asked, this.nextQuestion());
      if (!decision.agreed) return { refuse: decision.reason };
      await state.agree(asked, decision.by, decision.shown);
    }
    const { hours } = this.options.limits;
    if (hours && !hours.contains(this.now())) {
      void this.member?.leave(
        this.reach({ reason: `outside this participant’s hours (${hours.text})`, comesBack: true }),
      );
    }
    return true;
  }
}

function copied({ sums, sections, ...rest }: Omit<OutgoingUpdate, 'id' | 'work' | 'hash'>) {
  return { ...rest, sums: [...sums], sections: sections.map((section) => ({ ...section })) };
}
