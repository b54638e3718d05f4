import type { EngineInfo } from '../../engines/engine.ts';
import type { CountedChannel } from '../../shared/protocol/counted-channel.ts';
import { Emitter } from '../../shared/protocol/emitter.ts';
import type { Member } from '../member.ts';
import { PRECISION_WORDS } from '../trainer/precision.ts';
import type { EncodedRows } from './data/messages.ts';
import type { Wanted } from './data/own-rows.ts';
import { Predictor } from './model/predictor.ts';
import { TrainedModel } from './model/trained-model.ts';
import type { DoneRound, Remembered, RunMemory } from './storage/run-memory.ts';

/** What a participation is doing, in a word for programs and a sentence for people. */
export interface ParticipationState {
  readonly kind:
    | 'connecting'
    /** Connected: data and consent are awaited, or the model is being prepared. */
    | 'joined'
    /** Prepared, and waiting for work. */
    | 'waiting'
    | 'working'
    | 'paused'
    /** The connection is lost; it tries again by itself. */
    | 'away'
    | 'finished'
    | 'refused';
  readonly text: string;
}

export type ParticipationEvents = {
  state: [state: ParticipationState];
  /** A round that it took part in is handed in. */
  round: [round: DoneRound];
  traffic: [bytes: { readonly sent: number; readonly received: number }];
};

/** How a participation ended. */
export interface ParticipationEnd {
  /** `missed`: it ended while this page was away; `refused`: the coordinator, a check or the person said no. */
  readonly reason: 'completed' | 'early-stopping' | 'stopped' | 'diverged' | 'left' | 'missed' | 'refused';
  readonly message: string;
  readonly model?: TrainedModel | undefined;
}

interface ParticipationParts {
  readonly memory: RunMemory | undefined;
  readonly kept: Remembered | undefined;
  readonly engine: EngineInfo;
  readonly assets: string;
  readonly whenHidden: 'go-on' | 'pause';
  readonly closed: () => void;
}

/** A page's part in a run: watched by events, paused and resumed by hand or by the page's visibility. */
export class Participation extends Emitter<ParticipationEvents> {
  readonly engine: EngineInfo;
  /** Resolves when it is over; it never rejects. */
  readonly finished: Promise<ParticipationEnd>;
  whenHidden: 'go-on' | 'pause';
  /** What the run wants of rows, once it is known. */
  wanted: Wanted | undefined;
  private current: ParticipationState = { kind: 'connecting', text: 'Connecting to the coordinator…' };
  private kept: Remembered;
  private member: Member | undefined;
  private readonly predictor: Predictor;
  private channel: CountedChannel | undefined;
  private readonly past: { sent: number; received: number };
  private over = false;
  private run: string | undefined;
  private end: (end: ParticipationEnd) => void = () => undefined;
  private writing: Promise<unknown> = Promise.resolve();
  private readonly seen = (): void => this.visibility();

  constructor(private readonly parts: ParticipationParts) {
    super();
    this.engine = parts.engine;
    this.whenHidden = parts.whenHidden;
    this.predictor = new Predictor(parts.assets);
    this.kept = parts.kept ?? {
      resumeToken: '',
      rounds: [],
      traffic: { sent: 0, received: 0 },
      paused: false,
    };
    this.past = { ...this.kept.traffic };
    this.finished = new Promise((resolve) => {
      this.end = resolve;
    });
    globalThis.document?.addEventListener('visibilitychange', this.seen);
  }

  get state(): ParticipationState {
    return this.current;
  }

  /** Rounds done so far, those before a reload included. */
  get rounds(): readonly DoneRound[] {
    return this.kept.rounds;
  }

  /** Bytes of all that went over the wire, before a reload too. */
  get traffic(): { readonly sent: number; readonly received: number } {
    const { sent = 0, received = 0 } = this.channel?.traffic ?? {};
    return { sent: this.past.sent + sent, received: this.past.received + received };
  }

  /** Whether this page was taking part before it was loaded. */
  get isResumed(): boolean {
    return this.parts.kept?.agreed !== undefined;
  }

  /** Stops computing and gives work back, but stays the same participant. */
  pause(): void {
    if (this.over || this.current.kind === 'paused') return;
    this.remember({ paused: true });
    this.member?.pause();
    this.tell('paused', 'Paused: your place in the run is kept, and nothing is computed or sent.');
  }

  resume(): void {
    if (this.over || this.current.kind !== 'paused') return;
    this.remember({ paused: false });
    this.tell('connecting', 'Connecting to the coordinator…');
    this.member?.resume();
  }

  /** Gives work back and goes for good. */
  async leave(): Promise<void> {
    await this.member?.leave();
  }

  /** Removes what this browser keeps of the run: rows, consent, its place. */
  async forget(): Promise<void> {
    await this.writing;
    await this.parts.memory?.forget(this.run);
  }

  /** Resolves when the model at the end can be tried without the coordinator, whose files that takes. */
  async readyToTry(): Promise<void> {
    // Said when the model is tried.
    await this.predictor.load().catch(() => undefined);
  }

  /** Counts what goes over a new connection. */
  counting(channel: CountedChannel): CountedChannel {
    this.closeCount();
    this.channel = channel;
    return channel;
  }

  /** Keeps what a reload needs. Only the newest is written when several come at once. */
  remember(change: Partial<Remembered>): void {
    this.kept = { ...this.kept, ...change, traffic: this.traffic };
    const { memory } = this.parts;
    if (!memory || this.over) return;
    const { kept } = this;
    this.write(async () => (kept === this.kept ? memory.save(kept) : undefined));
  }

  /** Keeps the encoded rows, so that a reload need not ask for them. */
  rememberRows(rows: EncodedRows): void {
    const { memory } = this.parts;
    if (memory) this.write(() => memory.saveRows(rows));
  }

  /** Follows a member from its start to its end. */
  follow(member: Member): void {
    this.member = member;
    member.on('joined', ({ resumeToken, run }) => {
      this.run = run;
      this.remember({ resumeToken });
      this.tell('joined', 'Connected to the coordinator.');
    });
    member.on('ready', ({ precision }) => {
      void this.readyToTry();
      const computed = precision ? ` (${PRECISION_WORDS[precision]})` : '';
      this.tell('waiting', `Ready: waiting for the next round${computed}.`);
    });
    member.on('started', ({ round, work }) => {
      const evaluates = work.kind === 'evaluate' || work.kind === 'evaluate-own';
      this.tell(
        'working',
        evaluates ? 'Evaluating the model on your rows.' : `Training: round ${round + 1}.`,
      );
    });
    member.on('done', ({ round, sums, examples, work }) => {
      const loss = (sums['loss'] ?? Number.NaN) / (sums['denominator'] ?? 0);
      if (work.kind === 'own' && Number.isFinite(loss)) {
        const done = { round, loss, examples };
        this.remember({ rounds: [...this.kept.rounds, done] });
        this.emit('round', done);
      } else this.remember({});
      this.emit('traffic', this.traffic);
      if (this.current.kind === 'working') this.tell('waiting', 'Waiting for the next round.');
    });
    member.on('forgot', (counted) => {
      console.error(`tributary: this browser has lost what it remembered of ${counted}: it begins anew`);
    });
    member.on('failed', ({ message }) => this.tell('waiting', `A piece of work failed: ${message}`));
    member.on('surveyed', () => this.tell('connecting', 'The survey is done: the run begins.'));
    member.on('disconnected', (reason, retryInMs) => {
      const seconds = Math.max(1, Math.ceil(retryInMs / 1000));
      this.tell('away', `No connection (${reason}); trying again in ${seconds} s.`);
    });
    member.on('refused', ({ code, message }) => {
      this.conclude({ reason: code === 'finished' ? 'missed' : 'refused', message });
    });
    member.on('finished', ({ reason, message, model }) => {
      this.conclude({ reason, message, ...(model && { model: new TrainedModel(model, this.predictor) }) });
    });
    member.on('closed', () => this.parts.closed());
    member.start();
    if (this.kept.paused) this.pause();
  }

  private conclude(end: ParticipationEnd): void {
    if (this.over) return;
    this.remember({});
    this.over = true;
    if (!end.model) this.predictor.close();
    globalThis.document?.removeEventListener('visibilitychange', this.seen);
    // A place in a run that is over, or that one has left, is of no use.
    void this.forget();
    this.tell(end.reason === 'refused' ? 'refused' : 'finished', end.message);
    this.end(end);
  }

  private visibility(): void {
    const { hidden } = globalThis.document;
    if (this.whenHidden === 'pause') {
      if (hidden) this.pause();
      else this.resume();
    } else if (hidden && (this.current.kind === 'waiting' || this.current.kind === 'working')) {
      this.tell(this.current.kind, 'In the background: it goes on, perhaps slower, and keeps its place.');
    }
  }

  /** Storage may be full or taken away: the run goes on then, and a reload joins anew. */
  private write(save: () => Promise<void>): void {
    this.writing = this.writing.then(save).catch((error: Error) => {
      console.warn(`tributary: this browser keeps nothing of the run: ${error.message}`);
    });
  }

  private closeCount(): void {
    this.past.sent += this.channel?.traffic.sent ?? 0;
    this.past.received += this.channel?.traffic.received ?? 0;
    this.channel = undefined;
  }

  private tell(kind: ParticipationState['kind'], text: string): void {
    // What a member that is being paused still says is not what the person sees.
    if (this.current.kind === 'paused' && kind !== 'connecting' && !this.over && kind !== 'refused') return;
    this.current = { kind, text };
    this.emit('state', this.current);
  }
}
