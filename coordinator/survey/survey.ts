import { createHash } from 'node:crypto';
import { nodeHasher } from '../../node/hasher.ts';
import type { SurveyRequest, SurveySums } from '../../shared/data/survey.ts';
import { addSums } from '../../shared/nn/metrics/metrics.ts';
import type { Channel } from '../../shared/protocol/channel.ts';
import { Emitter } from '../../shared/protocol/emitter.ts';
import { DEFAULT_LIMITS } from '../../shared/protocol/limits.ts';
import { ServerSession } from '../../shared/protocol/server-session.ts';
import { sameToken } from '../../shared/protocol/tokens.ts';
import type { UpdateOffer } from '../../shared/protocol/update-offer.ts';
import { command } from '../../shared/text/command.ts';
import type { MemberIdentities } from '../run/identity.ts';
import type { SurveyStore } from '../store/survey-store.ts';
import { answerFault } from './answer-fault.ts';

export interface SurveyOptions {
  /** Where answers are kept before they are acknowledged. */
  readonly store: Pick<SurveyStore, 'run' | 'answers' | 'add'>;
  readonly token: string;
  readonly identities: MemberIdentities;
  readonly request: SurveyRequest;
  /** Participants whose answers are waited for. */
  readonly wanted: number;
}

export type SurveyEvents = {
  /** Another participant has answered: how many have, of how many that are wanted. */
  answered: [participant: string, answers: number, wanted: number];
};

/**
 * Federated analytics (Ramage and Mazzocchi 2020) before the first round: each participant sums up, over its own rows, what the job does
 * not declare, and the sums of as many as the run needs are added. Then they are sent away, and come back to a run whose model fits.
 * Who joins later is not asked: the model is made once. Who has answered an earlier life of the coordinator is not asked again.
 */
export class Survey extends Emitter<SurveyEvents> {
  /** The sums of all; undefined when it was stopped before. Rejects when an answer cannot be kept. */
  readonly done: Promise<SurveySums | undefined>;
  private finish!: (sums: SurveySums | undefined) => void;
  private reject!: (error: unknown) => void;
  private readonly answers: Map<string, SurveySums>;
  private stopped: string | undefined;
  /** All that were wanted have answered. */
  private isSummed = false;
  private allGone: (() => void) | undefined;
  private readonly sessions = new Set<ServerSession>();
  private readonly blob: Uint8Array;
  private readonly hash: string;

  constructor(private readonly options: SurveyOptions) {
    super();
    this.blob = new TextEncoder().encode(JSON.stringify(options.request));
    this.hash = createHash('sha256').update(this.blob).digest('hex');
    this.done = new Promise((resolve, reject) => {
      this.finish = resolve;
      this.reject = reject;
    });
    this.answers = new Map(options.store.answers());
    this.closeWhenAllAnswered();
  }

  /** Ends it before all have answered, in good order: participants are told that the run was stopped. */
  stop(message: string): void {
    this.stopped ??= message;
    for (const session of this.sessions) {
      if (session.member !== undefined) session.finished('stopped', message);
    }
    this.finish(undefined);
  }

  /** Of its sums a run was made: participants go away, and come back to that. */
  begin(): void {
    const reason = { code: 'ok', message: 'the survey is done: the run begins' } as const;
    for (const session of this.sessions) session.close(reason);
  }

  /** Its sums make no run: participants end, with the reason, and so does who comes now. */
  end(message: string): void {
    this.stopped ??= message;
    for (const session of this.sessions) session.refuse('finished', message);
  }

  /** It cannot go on: participants try again. */
  fail(error: unknown): void {
    const message = 'the survey failed at the coordinator';
    for (const session of this.sessions) session.close({ code: 'lost', message });
    this.reject(error);
  }

  /** Resolves when no participant is connected, after `milliseconds` in any case. */
  async participantsGone(milliseconds: number): Promise<void> {
    if (this.sessions.size === 0) return;
    await new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, milliseconds);
      this.allGone = () => {
        clearTimeout(timer);
        resolve();
      };
    });
  }

  accept(channel: Channel): void {
    const { token, identities, store } = this.options;
    const { id: run, name: runName, incarnation } = store.run;
    const session = new ServerSession(channel, {
      hasher: nodeHasher,
      authenticate: (given) => sameToken(given, token),
      blob: (id) => (id === this.hash ? this.blob : undefined),
      welcome: (hello) => {
        if (this.stopped !== undefined) return { code: 'finished', message: this.stopped };
        if (!hello.capabilities.ownData) {
          const message = `this run trains on rows that participants hold: join it with ${command('participate')} and --data`;
          return { code: 'invalid', message };
        }
        const { id, resumeToken } = identities.identify(hello.resumeToken);
        return {
          ...{ run, runName, member: id, resumeToken },
          incarnation,
          heartbeatMs: 2_000,
          chunkBytes: DEFAULT_LIMITS.chunkBytes,
          blobs: { survey: this.hash },
        };
      },
    });
    this.sessions.add(session);
    session.on('ready', () => this.ask(session));
    session.on('update', (offer) => this.answer(offer));
    session.on('closed', () => {
      this.sessions.delete(session);
      if (this.sessions.size === 0) this.allGone?.();
    });
  }

  private ask(session: ServerSession): void {
    const { member = '' } = session;
    if (this.isSummed || this.answers.has(member)) return;
    session.assign({
      id: `survey-${member}`,
      version: 0,
      round: 0,
      work: { kind: 'survey' },
      deadline: Number.POSITIVE_INFINITY,
      terms: {},
      sections: [],
      local: [],
      learningRate: 0,
      order: 0,
      weights: this.hash,
      vectors: {},
      codec: 'f32',
      uploadCredit: 0,
    });
  }

  private answer(offer: UpdateOffer): void {
    const { sums } = offer.header;
    if (this.isSummed) return offer.refuse('duplicate', 'all that were wanted have answered');
    const wrong = answerFault(sums, offer, this.options.request);
    if (wrong) return offer.refuse('refused', wrong);
    if (this.answers.has(offer.member)) return offer.refuse('duplicate', 'its sums are here already');
    offer.accept().then(
      () => this.keep(offer, sums),
      // It has gone: when it is back it is asked again.
      () => undefined,
    );
  }

  private keep(offer: UpdateOffer, sums: SurveySums): void {
    if (this.isSummed) return offer.refuse('duplicate', 'all that were wanted have answered');
    // Several may have been under way at once.
    if (this.answers.has(offer.member)) return offer.refuse('duplicate', 'its sums are here already');
    try {
      this.options.store.add(offer.member, sums);
    } catch (error) {
      return this.fail(error);
    }
    offer.acknowledge('received', '');
    this.answers.set(offer.member, sums);
    this.emit('answered', offer.member, this.answers.size, this.options.wanted);
    this.closeWhenAllAnswered();
  }

  private closeWhenAllAnswered(): void {
    if (this.answers.size < this.options.wanted || this.stopped !== undefined) return;
    const total = [...this.answers.entries()]
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .reduce<SurveySums>((sum, [, answer]) => addSums(sum, answer), {});
    this.isSummed = true;
    // Nobody is told before it is known whether a run can be made of them.
    this.finish(total);
  }
}
