import { type Wire, wireOf } from '../shared/job/wire-job.ts';
import type { BlobId } from '../shared/protocol/blob-id.ts';
import type { Channel, Listener } from '../shared/protocol/channel.ts';
import { type Clock, systemClock, type Timer } from '../shared/protocol/clock.ts';
import { Emitter } from '../shared/protocol/emitter.ts';
import { DEFAULT_LIMITS } from '../shared/protocol/limits.ts';
import type { UpdateOffer } from '../shared/protocol/update-offer.ts';
import { Committer } from './committer.ts';
import { Connections } from './connections.ts';
import type { CoordinatorOptions } from './coordinator-options.ts';
import { CountedUpdates } from './counted-updates.ts';
import { misfitOf } from './encodings.ts';
import { explained, recordLife, recordOutcome } from './ending.ts';
import { Evaluations } from './evaluations.ts';
import type { CoordinatorEvents, MemberView, Outcome, Traffic } from './events.ts';
import { HandingOut } from './handing-out.ts';
import { Intake } from './intake.ts';
import { MemberViews } from './member-views.ts';
import { PhaseClock } from './phases.ts';
import { admit } from './rounds/admission.ts';
import { advance, initialState, type RoundState } from './rounds/core.ts';
import { completedEpochs } from './rounds/policy.ts';
import type {
  AssignmentId,
  DiscardReason,
  Effect,
  Event,
  MemberDescription,
  MemberId,
} from './rounds/types.ts';
import { roundConfig } from './run/config.ts';
import { MemberIdentities } from './run/identity.ts';
import { weightsOf } from './run/weights-of.ts';
import { type Past, sumOf } from './store/lives.ts';
import type { RunStore } from './store/store.ts';
import { Strangers } from './strangers.ts';
import { createStrategy } from './strategies/create.ts';
import { personalNote } from './strategies/personal.ts';
import type { ServerWeights } from './weights/server-weights.ts';

/** A member that is silent for three of these is taken for lost. */
const HEARTBEAT_MS = 2_000;

/** What a timer can wait for; a tick that comes early does no harm. */
const LONGEST_TIMER_MS = 2 ** 31 - 1;

/**
 * The shell around the round core: turns what happens into events, and effects into deeds. It decides nothing about rounds
 * itself.
 */
export class Coordinator extends Emitter<CoordinatorEvents> {
  readonly weights: ServerWeights;
  /** Why the run could not go on, when its outcome is `failed`. */
  failure: Error | undefined;
  private readonly clock: Clock;
  private readonly connections: Connections;
  private readonly intake: Intake;
  private readonly handingOut: HandingOut;
  private readonly wire: Wire;
  private readonly committer: Committer;
  private readonly phases = new PhaseClock();
  private readonly members: MemberViews;
  private readonly events: Event[] = [];
  private readonly listeners: Listener[] = [];
  private state: RoundState;
  private timer: Timer | undefined;
  private advancing = false;
  private readonly evaluations: Evaluations;
  private gradientNorm = 0;
  private readonly strangers = new Strangers();
  private readonly counted: CountedUpdates;
  private outcome: Outcome | undefined;
  private endedAt: number | undefined;

  private constructor(
    private readonly options: CoordinatorOptions,
    resumed: Awaited<ReturnType<RunStore['latest']>>,
  ) {
    super();
    const { description, store, token } = options;
    const { job, manifest } = description;
    this.clock = options.clock ?? systemClock;
    this.wire = wireOf(job.wire);
    const strategy = description.strategy ?? createStrategy(job.strategy, job, description.layout);
    const { incarnation } = store.run;
    this.weights = weightsOf(description, strategy, incarnation, resumed?.checkpoint);
    const note = personalNote(description.layout, strategy);
    if (note) options.log?.('warn', note);
    this.counted = new CountedUpdates(store.lastCommitted());
    const begun = this.clock.now();
    this.committer = new Committer(store, this.weights, () => ({
      seconds: ((this.endedAt ?? this.clock.now()) - begun) / 1000,
      ...this.connections.traffic,
      phases: this.phases.totals(),
    }));
    this.intake = new Intake(this.weights, this.clock, {
      refusal: (member, assignment) => this.refusal(member, assignment),
      staged: (member, offer, elapsedMs) => this.staged(member, offer, elapsedMs),
      unusable: (member, assignment, reason, nonFinite) => this.failed(member, assignment, reason, nonFinite),
      brokeOff: (assignment, reason) => options.log?.('info', `upload of ${assignment} broke off: ${reason}`),
    });
    this.state = initialState(roundConfig(job, manifest, strategy, store.run, resumed?.checkpoint));
    this.members = new MemberViews(
      (member) => this.emit('member', member),
      this.state.members.map(({ description: known }) => known),
    );
    this.evaluations = new Evaluations({
      store,
      manifest,
      watched: this.state.config.earlyStopping?.metric,
      warn: (message) => this.emit('warning', message),
    });
    this.connections = new Connections({
      token,
      clock: options.connectionClock ?? this.clock,
      identities: new MemberIdentities(token, incarnation),
      welcome: {
        run: store.run.id,
        runName: store.run.name,
        incarnation,
        heartbeatMs: HEARTBEAT_MS,
        chunkBytes: DEFAULT_LIMITS.chunkBytes,
        blobs: description.blobs,
      },
      federated: job.data.heldBy === 'members',
      precision: job.memory?.precision,
      over: () => this.outcome && `the run is over: ${this.outcome.message}`,
      blob: (id) => this.blob(id),
      misfit: ({ capabilities }) => misfitOf(this.wire, capabilities.codecs),
      handlers: {
        joined: (member, holds) => this.joined(member, holds),
        left: (member, reason) => this.left(member, reason),
        turnedAway: (remote, reason) => {
          const notice = this.strangers.turnedAway(remote, reason);
          if (notice) options.log?.('warn', notice);
        },
        leaving: (member) => this.dispatch({ type: 'leaving', at: this.clock.now(), member }),
        failed: (member, assignment, reason) => this.failed(member, assignment, reason, false),
        offered: (member, offer) => this.intake.offered(member, offer),
      },
    });
    const { weights, connections, intake, counted, wire } = this;
    this.handingOut = new HandingOut({ weights, connections, intake, counted, wire, seed: job.seed });
  }

  /** Opens the run where its last intact commit left it. */
  static async open(options: CoordinatorOptions): Promise<Coordinator> {
    const resumed = await options.store.latest();
    for (const damage of resumed?.damaged ?? []) {
      options.log?.('warn', `${damage}: going on from version ${resumed!.committed.version} instead`);
    }
    return new Coordinator(options, resumed);
  }

  /** The version that training stands at. */
  get version(): number {
    return this.state.version;
  }

  /** Windows closed so far. */
  get round(): number {
    return this.state.round;
  }

  /** Epochs of which every example is in the weights. */
  get epoch(): number {
    const { cursor, window, snapshot } = this.state;
    return completedEpochs({ cursor, pieces: window?.pieces ?? snapshot.pending });
  }

  /** The last evaluation that the weights' history knows of; undefined before the first. */
  get evaluated():
    | { readonly version: number; readonly metrics: Readonly<Record<string, number>> }
    | undefined {
    const { version, metrics } = this.state.evaluated;
    return version === null ? undefined : { version, metrics };
  }

  /** Bytes over all connections so far. */
  get traffic(): Traffic {
    return this.connections.traffic;
  }

  get memberViews(): readonly MemberView[] {
    return this.members.all;
  }

  get finished(): Promise<Outcome> {
    if (this.outcome) return Promise.resolve(this.outcome);
    return new Promise((resolve) => this.once('finished', resolve));
  }

  /** Takes channels from this transport. Call before or after `start`. */
  attach(listener: Listener): void {
    this.listeners.push(listener);
  }

  /** @param evaluator the channel is of the coordinator's own member, which measures on the held-out rows of a federated run */
  accept(channel: Channel, evaluator = false): void {
    this.connections.accept(channel, evaluator);
  }

  start(): void {
    this.dispatch({ type: 'start', at: this.clock.now() });
  }

  /** Commits what is there and ends the run; `resume` goes on from here. */
  stop(reason: string): Promise<Outcome> {
    const { finished } = this;
    this.dispatch({ type: 'stop', at: this.clock.now(), reason });
    return finished;
  }

  /** Resolves when the participants have fetched the last weights and gone, after `milliseconds` in any case. */
  participantsGone(milliseconds: number): Promise<void> {
    return this.connections.participantsGone(milliseconds);
  }

  /** Bytes that a member was sent by another way than its connection: what virtual participants share. */
  alsoSent(bytes: number): void {
    this.connections.alsoSent(bytes);
  }

  /** Writes down what this life took, with what participants fetched since the run ended; all lives of the run together. */
  took(): Past {
    recordLife(this.committer, this.options);
    return sumOf(this.options.store.lives());
  }

  /** Ends without a word to the store: sessions and listeners only. */
  async close(): Promise<void> {
    this.clock.clearTimeout(this.timer);
    this.connections.broadcast((session) => session.close());
    await Promise.all(this.listeners.map((listener) => listener.close()));
  }

  private blob(id: BlobId): Uint8Array | undefined {
    return this.weights.find(id) ?? this.options.description.blob(id);
  }

  private joined(member: MemberDescription, holds: readonly AssignmentId[]): void {
    const called = member.role === 'evaluator' ? member : this.members.joined(member);
    this.dispatch({ type: 'joined', at: this.clock.now(), member: called, holds });
  }

  private left(member: MemberId, reason: string): void {
    // Members go when the run has ended: that is no news.
    if (this.outcome) return;
    this.members.left(member);
    this.options.log?.('info', `${this.members.nameOf(member)} left: ${reason}`, { member });
    this.dispatch({ type: 'left', at: this.clock.now(), member, reason });
  }

  private failed(member: MemberId, assignment: AssignmentId, reason: string, nonFinite: boolean): void {
    this.options.log?.('warn', `${this.members.nameOf(member)} could not do ${assignment}: ${reason}`);
    this.dispatch({ type: 'failed', at: this.clock.now(), assignment, member, reason, nonFinite });
  }

  private refusal(
    member: MemberId,
    assignment: AssignmentId,
  ): { readonly reason: DiscardReason; readonly message: string } | undefined {
    // How many are staged at once is the intake's business: here, only whether it can count at all.
    const admission = admit(this.state, assignment, member, 0, 1);
    if (admission.kind !== 'refuse') return undefined;
    this.committer.books.discard({ assignment, member, reason: admission.reason, examples: 0 });
    this.emit('update', admission.reason);
    return admission;
  }

  private staged(member: MemberId, offer: UpdateOffer, elapsedMs: number | undefined): void {
    const { header, id } = offer;
    if (elapsedMs !== undefined) this.phases.update(elapsedMs, header.computeMs);
    this.members.worked(member, header);
    this.dispatch({ type: 'update', at: this.clock.now(), assignment: id.assignment, member, header });
  }

  private dispatch(event: Event): void {
    this.events.push(event);
    // Effects cause events: they wait until the turn is over.
    if (this.advancing) return;
    this.advancing = true;
    try {
      for (let next = this.events.shift(); next; next = this.events.shift()) {
        const { state, effects } = advance(this.state, next);
        this.state = state;
        for (const effect of effects) this.perform(effect);
      }
    } catch (error) {
      // A fault of the program: nothing that came from outside gets this far. The last commit stands.
      this.events.length = 0;
      this.fail(error as Error);
    } finally {
      this.advancing = false;
    }
  }

  private perform(effect: Effect): void {
    switch (effect.type) {
      case 'assign':
        return this.handingOut.assign(effect.assignment, this.state);
      case 'cancel':
        this.intake.forget(effect.assignment);
        this.connections.get(effect.member)?.cancel(effect.assignment, effect.reason);
        return;
      case 'add':
        return this.add(effect);
      case 'counted':
        return this.intake.free(effect.assignment, 'received');
      case 'discard':
        this.committer.books.discard(effect);
        this.emit('update', effect.reason);
        return this.intake.free(effect.assignment, effect.reason, effect.message);
      case 'step':
        return this.step(effect);
      case 'commit':
        return void this.commit(effect);
      case 'timer':
        this.clock.clearTimeout(this.timer);
        this.timer = this.clock.setTimeout(
          () => this.dispatch({ type: 'tick', at: this.clock.now() }),
          Math.min(LONGEST_TIMER_MS, Math.max(0, effect.at - this.clock.now())),
        );
        return;
      case 'waiting':
        this.emit('waiting', effect.reason);
        return;
      case 'round':
        return this.reported(effect.report);
      case 'evaluated':
        return this.evaluationDone(effect);
      case 'finished':
        return this.finish({ reason: effect.reason, message: explained(effect, this.options) });
    }
  }

  private evaluationDone(effect: Extract<Effect, { type: 'evaluated' }>): void {
    const classes = this.evaluations.record(effect, this.clock.now());
    this.emit('evaluated', { ...effect, classes });
  }

  private add(effect: Extract<Effect, { type: 'add' }>): void {
    const staged = this.intake.get(effect.assignment);
    if (!staged) throw new Error(`the round core adds ${effect.assignment}, which is not staged`);
    this.phases.time('aggregate', () =>
      this.weights.add(staged.sections, effect.weight, effect.buffersWeight),
    );
    this.committer.books.add(effect);
    this.counted.added(effect);
    this.emit('update', 'added');
    this.intake.free(effect.assignment, 'received');
  }

  private step(effect: Extract<Effect, { type: 'step' }>): void {
    const { finite, norm } = this.phases.time('step', () =>
      this.weights.step(effect.step, effect.optimizerStep),
    );
    this.gradientNorm = norm;
    this.dispatch({ type: 'stepped', at: this.clock.now(), version: effect.version, finite });
  }

  private async commit(effect: Extract<Effect, { type: 'commit' }>): Promise<void> {
    const { version, checkpoint } = effect;
    let milliseconds: number;
    try {
      this.counted.committing(this.committer.books.upTo(checkpoint.round));
      const work = this.committer.commit(effect);
      this.clock.hold?.(work);
      milliseconds = await work;
    } catch (error) {
      return this.fail(error as Error);
    }
    this.phases.committed(milliseconds);
    this.connections.broadcast((session) => session.committed(version));
    this.emit('committed', { version, round: checkpoint.round, milliseconds });
    this.dispatch({ type: 'committed', at: this.clock.now(), version });
  }

  private reported(report: Extract<Effect, { type: 'round' }>['report']): void {
    const phases = this.phases.lap();
    const { traffic } = this.connections;
    const { gradientNorm } = this;
    this.intake.forgetBefore(report.round - 1, (member) => this.connections.get(member) !== undefined);
    this.committer.round(report.round, this.clock.now(), { ...report, phases, traffic, gradientNorm });
    this.emit('round', { ...report, phases, traffic, gradientNorm });
  }

  private fail(error: Error): void {
    this.failure ??= error;
    this.finish({ reason: 'failed', message: error.message });
  }

  private finish(outcome: Outcome): void {
    if (this.outcome) return;
    this.outcome = outcome;
    this.endedAt = this.clock.now();
    this.clock.clearTimeout(this.timer);
    recordOutcome(outcome, this.committer, this.options);
    const reason = outcome.reason === 'failed' ? 'stopped' : outcome.reason;
    const codec = this.wire.down;
    const weights = { codec, id: this.weights.encoded(codec, this.weights.measured).id };
    this.connections.broadcast((session) => session.finished(reason, outcome.message, weights));
    this.emit('finished', outcome);
  }
}
