import { type Wire, wireOf } from '../shared/job/wire-job.ts';
import type { Channel, Listener } from '../shared/protocol/channel.ts';
import { type Clock, systemClock } from '../shared/protocol/clock.ts';
import { Emitter } from '../shared/protocol/emitter.ts';
import { DEFAULT_LIMITS } from '../shared/protocol/limits.ts';
import { Committer } from './committer.ts';
import { Connections } from './connections.ts';
import type { CoordinatorOptions } from './coordinator-options.ts';
import { CountedUpdates } from './counted-updates.ts';
import { Effects } from './effects.ts';
import { misfitOf } from './encodings.ts';
import { explained, recordLife, recordOutcome } from './ending.ts';
import { Evaluations } from './evaluations.ts';
import type { CoordinatorEvents, MemberView, Outcome, Traffic } from './events.ts';
import { HandingOut } from './handing-out.ts';
import { Intake } from './intake.ts';
import { MemberEvents } from './member-events.ts';
import { MemberViews } from './member-views.ts';
import { PhaseClock } from './phases.ts';
import { RoundLoop } from './round-loop.ts';
import { initialState } from './rounds/core.ts';
import { completedEpochs } from './rounds/policy.ts';
import { roundConfig } from './run/config.ts';
import { MemberIdentities } from './run/identity.ts';
import { weightsOf } from './run/weights-of.ts';
import { type Past, sumOf } from './store/lives.ts';
import type { RunStore } from './store/store.ts';
import { createStrategy } from './strategies/create.ts';
import { personalNote } from './strategies/personal.ts';
import type { ServerWeights } from './weights/server-weights.ts';

/** A member that is silent for three of these is taken for lost. */
const HEARTBEAT_MS = 2_000;

const FAULT = 'the coordinator has a fault and cannot go on: its own log says which';

/**
 * The shell around the round core: what members do becomes events (`MemberEvents`), the loop gives them to the core (`RoundLoop`), and
 * what it asks for is carried out (`Effects`). It decides nothing about rounds itself.
 */
export class Coordinator extends Emitter<CoordinatorEvents> {
  readonly weights: ServerWeights;
  /** Why the run could not go on, when its outcome is `failed`. */
  failure: Error | undefined;
  private readonly clock: Clock;
  private readonly wire: Wire;
  private readonly members: MemberViews;
  private readonly committer: Committer;
  private readonly loop: RoundLoop;
  private readonly connections: Connections;
  private readonly listeners: Listener[] = [];
  private outcome: Outcome | undefined;
  private endedAt: number | undefined;

  private constructor(
    private readonly options: CoordinatorOptions,
    resumed: Awaited<ReturnType<RunStore['openLatest']>>,
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
    const begun = this.clock.now();
    const phases = new PhaseClock();
    this.committer = new Committer(store, this.weights, () => ({
      seconds: ((this.endedAt ?? this.clock.now()) - begun) / 1000,
      ...this.connections.traffic,
      phases: phases.totals(),
    }));
    const state = initialState(roundConfig(job, manifest, strategy, store.run, resumed?.checkpoint));
    this.loop = new RoundLoop(
      state,
      this.clock,
      (effect, after) => effects.perform(effect, after),
      (error) => this.fail(error),
    );
    this.members = new MemberViews(
      (member) => this.emit('member', member),
      state.members.map(({ description: known }) => known),
    );
    const { clock, weights, wire, members, committer, loop } = this;
    const handlers = new MemberEvents({
      ...{ loop, members, committer, phases, log: options.log },
      isOver: () => this.outcome !== undefined,
      discarded: (reason) => this.emit('update', reason),
    });
    const intake = new Intake(weights, clock, handlers);
    this.connections = new Connections({
      token,
      clock: options.connectionClock ?? clock,
      identities: new MemberIdentities(token, incarnation),
      welcome: {
        run: store.run.id,
        runName: store.run.name,
        incarnation,
        heartbeatMs: HEARTBEAT_MS,
        chunkBytes: DEFAULT_LIMITS.chunkBytes,
      },
      blobs: () => this.orFail(() => ({ ...description.blobs })),
      federated: job.data.heldBy === 'members',
      precision: job.memory?.precision,
      over: () => this.outcome && `the run is over: ${this.told(this.outcome)}`,
      blob: (id) => this.orFail(() => weights.find(id) ?? description.blob(id)),
      misfit: ({ capabilities }) => misfitOf(wire, capabilities.codecs),
      handlers,
      offered: (member, offer) => intake.offered(member, offer),
    });
    const { connections } = this;
    const counted = new CountedUpdates(store.lastCommitted());
    const effects = new Effects({
      ...{ clock, loop, weights, connections, intake, counted, committer, phases },
      handingOut: new HandingOut({ weights, connections, intake, counted, wire, seed: job.seed }),
      evaluations: new Evaluations({
        store,
        manifest,
        watched: state.config.earlyStopping?.metric,
        warn: (message) => this.emit('warning', message),
      }),
      emit: (name, ...values) => void this.emit(name, ...values),
      failed: (error) => this.fail(error),
      finished: (effect) => this.finish({ reason: effect.reason, message: explained(effect, options) }),
    });
  }

  /** Opens the run where its last intact commit left it. */
  static async open(options: CoordinatorOptions): Promise<Coordinator> {
    const resumed = await options.store.openLatest();
    try {
      for (const damage of resumed?.damaged ?? []) {
        options.log?.('warn', `${damage}: going on from version ${resumed!.committed.version} instead`);
      }
      return new Coordinator(options, resumed);
    } finally {
      await resumed?.checkpoint.close();
    }
  }

  /** The version that training stands at. */
  get version(): number {
    return this.loop.state.version;
  }

  /** Windows closed so far. */
  get round(): number {
    return this.loop.state.round;
  }

  /** Epochs of which every example is in the weights. */
  get epoch(): number {
    const { cursor, window, snapshot } = this.loop.state;
    return completedEpochs({ cursor, pieces: window?.pieces ?? snapshot.pending });
  }

  /** The last evaluation that the weights' history knows of; undefined before the first. */
  get evaluated():
    | { readonly version: number; readonly metrics: Readonly<Record<string, number>> }
    | undefined {
    const { version, metrics } = this.loop.state.evaluated;
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
    this.loop.happened({ type: 'start' });
  }

  /**
   * Commits what is there and ends the run; `resume` goes on from here.
   *
   * @param failed it cannot go on, as what it needs is not there
   */
  stop(reason: string, failed = false): Promise<Outcome> {
    const { finished } = this;
    this.loop.happened({ type: 'stop', reason, ...(failed && { failed }) });
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
    this.loop.stop();
    this.connections.broadcast((session) => session.close());
    await Promise.all(this.listeners.map((listener) => listener.close()));
  }

  /** A fault of the program, or of the store. The last commit stands. */
  private fail(error: Error): void {
    this.failure ??= error;
    this.finish({ reason: 'failed', message: error.message });
  }

  /** What of the run cannot be read no member can train with: it fails, and does not wait for members that can. */
  private orFail<T>(read: () => T): T {
    try {
      return read();
    } catch (error) {
      if (!this.outcome) this.fail(error as Error);
      throw new Error(FAULT, { cause: error });
    }
  }

  /** To members. What failed here is for the log here: it has paths in it. */
  private told({ message }: Outcome): string {
    return this.failure ? FAULT : message;
  }

  private finish(outcome: Outcome): void {
    if (this.outcome) return;
    this.outcome = outcome;
    this.endedAt = this.clock.now();
    this.loop.stop();
    recordOutcome(outcome, this.committer, this.options);
    const reason = outcome.reason === 'failed' ? 'stopped' : outcome.reason;
    const codec = this.wire.down;
    const weights = { codec, id: this.weights.encoded(codec, this.weights.measured).id };
    this.connections.broadcast((session) => session.finished(reason, this.told(outcome), weights));
    this.emit('finished', outcome);
  }
}
