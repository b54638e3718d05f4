import type { Work } from '../../shared/protocol/assignment.ts';
import type { Timer } from '../../shared/protocol/clock.ts';
import type { MemberSession } from '../../shared/protocol/member-session.ts';
import type { AssignmentMessage, Welcome } from '../../shared/protocol/messages.ts';
import type { RowView } from '../../worker/trainer/batch-loader.ts';
import type { WorkResult } from '../../worker/trainer/work-order.ts';
import type { EnginePool, Job } from '../engines/engine-pool.ts';
import type { StateFiles, StateFolder } from '../engines/remembered.ts';
import type { Profiles } from '../profiles.ts';
import type { VirtualClock } from '../virtual-clock.ts';
import { type Connection, connect, type Place } from './connection.ts';
import { handIn, orderOf, vectorsOf } from './exchange.ts';
import type { SharedReferences } from './references.ts';
import type { Shares } from './shares.ts';

/** What participants share. */
export interface World {
  readonly clock: VirtualClock;
  readonly place: Place;
  readonly profiles: Profiles;
  readonly shares: Shares;
  readonly pool: Pick<EnginePool, 'submit'>;
  /** Where the strategy has participants remember something. */
  readonly states?: StateFolder | undefined;
  readonly references: SharedReferences;
  /** Model and recipe are here, and the engines ready: the first participant fetches them for all. */
  equip(session: MemberSession, welcome: Welcome, counted: boolean): Promise<void>;
  /** A participant gave its work up and will be gone. */
  gaveUp(client: number): void;
  /** Sums of a participant's evaluation on rows of its own. */
  evaluated(client: number, header: WorkResult['header']): void;
  failed(error: Error): void;
}

/** An evaluation runs forward only: a step takes about three times as long (Kaplan et al. 2020, section 2.1). */
const EVALUATION_SHARE = 1 / 3;

interface Busy {
  readonly assignment: AssignmentMessage;
  job?: Job;
  timer?: Timer;
  state?: StateFiles | undefined;
}

/**
 * A participant that is there in messages only: it takes as long as its profile says, in virtual time, while an engine that it shares
 * with the others computes what it would have computed.
 */
export class Participant {
  private connection: Connection | undefined;
  private resumeToken: string | undefined;
  private readonly queue: AssignmentMessage[] = [];
  private busy: Busy | undefined;
  /** Bytes that came until its last work began. */
  private seen = 0;
  /** Id of the weights that it keeps for deltas. */
  private kept = '';
  /** Pieces of work so far: what the profile draws for each of them. */
  private pieces = 0;

  constructor(
    readonly client: number,
    private readonly world: World,
  ) {}

  get isThere(): boolean {
    return this.connection !== undefined;
  }

  join(): void {
    const { place, shares } = this.world;
    const name = shares.nameOf(this.client);
    const connection = connect(place, { name, resumeToken: this.resumeToken, holds: this.kept });
    this.connection = connection;
    this.seen = 0;
    const { session } = connection;
    session.on('welcome', (welcome) => void this.welcomed(session, welcome));
    session.on('assign', (assignment) => this.assigned(assignment));
    session.on('cancel', ({ assignment }) => this.cancelled(assignment));
    session.on('refused', ({ message }) => this.world.failed(new Error(`${name} was refused: ${message}`)));
    session.start();
  }

  /** Goes, whatever it works on. */
  leave(): void {
    this.drop();
    this.queue.length = 0;
    this.connection?.session.close();
    this.connection = undefined;
  }

  private async welcomed(session: MemberSession, welcome: Welcome): Promise<void> {
    this.resumeToken = welcome.resumeToken;
    try {
      await this.world.equip(session, welcome, true);
    } catch (error) {
      return this.world.failed(error as Error);
    }
    const { training, heldOut } = this.world.shares.of(this.client);
    session.ready({ examples: training.length, heldOut: heldOut.length }, []);
  }

  private assigned(assignment: AssignmentMessage): void {
    this.queue.push(assignment);
    if (!this.busy) this.next();
  }

  private cancelled(id: string): void {
    const waiting = this.queue.findIndex((assignment) => assignment.id === id);
    if (waiting >= 0) this.queue.splice(waiting, 1);
    if (this.busy?.assignment.id !== id) return;
    this.drop();
    this.next();
  }

  private drop(): void {
    const { busy } = this;
    if (!busy) return;
    this.busy = undefined;
    this.world.clock.clearTimeout(busy.timer);
    const { job, state } = busy;
    job?.cancel();
    if (!state) return;
    const forget = (): void => this.world.states?.forget(state);
    job?.result.then(forget, forget);
  }

  private next(): void {
    const assignment = this.queue.shift();
    if (!assignment) return;
    const busy: Busy = { assignment };
    this.busy = busy;
    this.begin(busy).catch((error: Error) => {
      // A fetch ends with its session: whoever has gone, or dropped the work, misses nothing.
      if (this.busy === busy) this.world.failed(error);
    });
  }

  private async begin(busy: Busy): Promise<void> {
    const { clock, profiles, shares, pool, references } = this.world;
    const { client, connection, kept } = this;
    const { assignment } = busy;
    const { session, received } = connection!;
    const piece = this.pieces++;
    const vectors = await vectorsOf(session, assignment, { references, kept });
    if (this.busy !== busy) return;
    if (assignment.reference) this.kept = assignment.weights;
    const bytes = received() - this.seen;
    this.seen += bytes;
    const rows = shares.of(client);
    const computeMs = profiles.computeMs(client, piece, examplesOf(assignment.work, rows));
    const busyMs = profiles.downloadMs(client, bytes) + computeMs;
    const share = profiles.givesUpAfter(client, piece);
    if (share !== undefined) {
      // Nobody would ever see what it computes.
      busy.timer = clock.setTimeout(() => this.world.gaveUp(client), share * busyMs);
      return;
    }
    const changes = assignment.work.kind === 'own';
    const state = this.world.states?.filesOf(client, assignment);
    if (changes) busy.state = state;
    const job = pool.submit({ rows, order: orderOf(assignment), vectors, state }, clock.now() + busyMs);
    busy.job = job;
    // Looked at when its time has come.
    job.result.catch(() => undefined);
    busy.timer = clock.setTimeout(() => clock.hold(this.computed(busy, session, job, computeMs)), busyMs);
  }

  private async computed(busy: Busy, session: MemberSession, job: Job, computeMs: number): Promise<void> {
    const { clock, profiles } = this.world;
    let result: WorkResult | undefined;
    try {
      result = await job.result;
    } catch (error) {
      return this.world.failed(error as Error);
    }
    if (this.busy !== busy || !result) return;
    const done = result;
    if (busy.state) this.world.states?.keep(this.client, busy.assignment, busy.state);
    busy.state = undefined;
    const bytes = done.sections.reduce((sum, section) => sum + section.bytes.length, 0);
    busy.timer = clock.setTimeout(
      () => this.send(busy, session, done, computeMs),
      profiles.uploadMs(this.client, bytes),
    );
  }

  private send(busy: Busy, session: MemberSession, result: WorkResult, computeMs: number): void {
    const { assignment } = busy;
    if (assignment.work.kind === 'evaluate-own') this.world.evaluated(this.client, result.header);
    this.busy = undefined;
    handIn(session, assignment, result, computeMs).catch((error: Error) => {
      if (this.connection?.session === session) this.world.failed(error);
    });
    this.next();
  }
}

/** Examples that the work goes through, in units of a training step's. */
function examplesOf(work: Work, { training, heldOut }: RowView): number {
  switch (work.kind) {
    case 'own': {
      const batch = work.batch === 0 ? training.length : work.batch;
      const epochs = work.epochs + (work.personalEpochs ?? 0);
      return Math.min(epochs * training.length, (work.steps ?? Number.POSITIVE_INFINITY) * batch);
    }
    case 'evaluate-own':
      return EVALUATION_SHARE * heldOut.length + (work.fineTune?.epochs ?? 0) * training.length;
    default:
      throw new Error(`virtual participants do no work of the kind '${work.kind}'`);
  }
}
