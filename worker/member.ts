import type { EngineInfo } from '../engines/engine.ts';
import { DataError } from '../shared/data/data-error.ts';
import type { SurveySums } from '../shared/data/survey.ts';
import { UPDATE_CODEC_NAMES } from '../shared/parameters/codecs/table.ts';
import { encodedSize } from '../shared/parameters/codecs.ts';
import type { Work } from '../shared/protocol/assignment.ts';
import { Emitter } from '../shared/protocol/emitter.ts';
import { type Hasher, portableHasher } from '../shared/protocol/hasher.ts';
import { type Introduction, MemberSession } from '../shared/protocol/member-session.ts';
import type { AssignmentMessage, Finished, Welcome } from '../shared/protocol/messages.ts';
import { version } from '../shared/version.ts';
import type { RunRows } from './data/run-rows.ts';
import type { MemberEvents } from './events.ts';
import { FrozenInMemory, type FrozenStore } from './frozen/frozen-store.ts';
import type { MemberOptions, MemberParts } from './member-options.ts';
import { Outgoing } from './outgoing.ts';
import { ParticipationRefused } from './participant/asked.ts';
import { Guard } from './participant/guard.ts';
import { reasonToTell } from './participant/reason-to-tell.ts';
import { type Prepared, prepare } from './preparation.ts';
import { fetchReference } from './reference.ts';
import { type PackedResult, pack } from './trainer/packed.ts';
import type { TrainerClient } from './trainer/trainer-client.ts';
import {
  type SentReference,
  type SentVector,
  WEIGHTS,
  WorkCancelled,
  type WorkOrder,
  type WorkResult,
} from './trainer/work-order.ts';

/**
 * A worker node or a participant, in Node or in a page: a session with the coordinator, a trainer in its own thread, and between
 * them a queue of assignments. It reconnects by itself, and what was computed while the connection was away is sent when it is back.
 */
export class Member extends Emitter<MemberEvents> {
  private readonly session: MemberSession;
  private readonly trainer: TrainerClient;
  private readonly rows: RunRows;
  private readonly engine: EngineInfo;
  private readonly frozen: FrozenStore;
  private readonly hasher: Hasher;
  private readonly queue: AssignmentMessage[] = [];
  private prepared: Promise<Prepared> | undefined;
  private blobs = '';
  /** There is no model yet: this is a survey. */
  private isAskedForSums = false;
  private current: AssignmentMessage | undefined;
  private readonly outgoing: Outgoing;
  /** The work under way, if nobody waits for it any more. */
  private dropped: AssignmentMessage | undefined;
  private incarnation = -1;
  /** Of the newest assignment. */
  private round = 0;
  /** Hash of the weights that the trainer holds unchanged. */
  private held = '';
  /** Id of the weights that the trainer keeps beside, for the next deltas. */
  private base = '';
  private ended = false;
  private readonly guard = new Guard();

  constructor(
    private readonly parts: MemberParts,
    private readonly options: MemberOptions,
  ) {
    super();
    const { engine, hasher = portableHasher, frozen = new FrozenInMemory() } = parts;
    this.trainer = parts.trainer;
    this.rows = parts.rows;
    this.engine = engine;
    this.frozen = frozen;
    this.hasher = hasher;
    const capabilities: Introduction['capabilities'] = {
      engine: engine.name,
      provider: engine.provider,
      threads: engine.threads,
      codecs: UPDATE_CODEC_NAMES,
      ownData: options.own !== undefined,
      dataHash: '',
      deltas: true,
      ...(engine.float16 && engine.float16 !== 'none' && { float16: engine.float16 }),
    };
    this.session = new MemberSession({
      dial: options.dial,
      hello: () => ({
        token: options.token,
        name: options.name,
        version,
        capabilities,
        ...(options.resumeToken && { resumeToken: options.resumeToken }),
        ...(this.base && { holds: this.base }),
      }),
      hasher,
      ...(parts.clock && { clock: parts.clock }),
    });
    this.outgoing = new Outgoing({
      session: this.session,
      own: options.own,
      outgoing: options.outgoing,
      emit: (name, ...news) => this.emit(name, ...news),
      left: () => this.ended,
    });
    this.session.on('welcome', (welcome) => this.welcome(welcome));
    this.session.on('assign', (assignment) => this.assign(assignment));
    this.session.on('cancel', ({ assignment, reason }) => this.cancel(assignment, reason));
    this.session.on('committed', (committed) => this.emit('committed', committed));
    this.session.on('disconnected', (reason, retryInMs) => {
      // One that dies, or stops, does not end the connection in good order and without a word.
      if (this.isAskedForSums && reason.code === 'ok') this.surveyed();
      else this.emit('disconnected', reason.message, retryInMs);
    });
    this.session.on('refused', (refusal) => {
      this.emit('refused', refusal);
      void this.end();
    });
    this.session.on('finished', (finished) => void this.finished(finished));
  }

  /** Connects, and keeps connecting; also before the coordinator is there. */
  start(): void {
    this.emit('engine', this.engine);
    this.session.start();
  }

  /** Takes no part until `resume`, and keeps its place: what it holds is given to others meanwhile. */
  pause(): void {
    this.drop();
    this.session.pause();
  }

  resume(): void {
    this.session.resume();
  }

  /** Hands back what it holds and goes. */
  async leave(reason = 'asked to stop'): Promise<void> {
    if (this.ended) return;
    this.session.leave(reason);
    this.emit('finished', { reason: 'left', message: `left the run (${reason}); its work was handed back` });
    await this.end();
  }

  private async end(): Promise<void> {
    if (this.ended) return;
    this.ended = true;
    this.queue.length = 0;
    this.trainer.cancel();
    this.session.close();
    await this.trainer.close();
    await this.frozen.close();
    this.emit('closed');
  }

  /** The run is over; its last weights can be had until this member goes. */
  private async finished({ reason, message, weights }: Finished): Promise<void> {
    this.drop();
    // What does not come any more for that is nothing to tell.
    this.blobs = '';
    let model: Uint8Array | undefined;
    const { prepared } = this;
    if (this.options.takeModel && weights && prepared) {
      const { id, codec } = weights;
      try {
        const { run } = await prepared;
        const sent = { name: WEIGHTS, codec, bytes: await this.session.fetch(id) };
        model = await this.trainer.ask({ type: 'take', weights: sent, from: { run, round: this.round } });
        await this.options.takeModel();
      } catch (error) {
        this.emit('failed', { id: 'model', message: `the model was not taken along: ${String(error)}` });
      }
    }
    this.emit('finished', { reason, message, ...(model && { model }) });
    await this.end();
  }

  /** The survey goes on without this one, and so does a question that is still open: taken back, it is no answer. */
  private surveyed(): void {
    this.blobs = '';
    this.emit('surveyed');
  }

  /** What was handed out is void. */
  private drop(): void {
    this.queue.length = 0;
    this.dropped = this.current;
    if (this.current) this.trainer.cancel();
  }

  private welcome(welcome: Welcome): void {
    if (welcome.incarnation !== this.incarnation) {
      // What an earlier life of the coordinator handed out is void.
      this.incarnation = welcome.incarnation;
      this.drop();
    }
    this.isAskedForSums = 'survey' in welcome.blobs;
    this.emit('joined', welcome);
    const objection = this.options.own && this.guard.objection(welcome);
    if (objection) return this.unprepared(new ParticipationRefused(objection));
    const blobs = JSON.stringify(welcome.blobs);
    if (blobs === this.blobs) return this.sayReady();
    this.blobs = blobs;
    this.held = '';
    this.base = '';
    const prepared = prepare(welcome, {
      ...this.parts,
      hasher: this.hasher,
      fetch: (id, most) => this.session.fetch(id, most),
      frozen: this.frozen,
      fetching: (bytes, of) => this.emit('fetching', { bytes, of }),
      guard: this.guard,
      own: this.options.own,
      consent: this.options.consent,
      maxModel: this.options.maxModel,
      forgot: (counted) => this.emit('forgot', counted),
    });
    this.prepared = prepared;
    prepared.then(
      ({ facts }) => {
        if (facts) {
          this.session.expectVectors(encodedSize(facts.floats, 'f32'));
          this.emit('ready', facts);
        }
        this.sayReady();
      },
      // What is asked by now is another thing.
      (error: Error) => this.blobs === blobs && this.unprepared(error),
    );
  }

  /** A participant is given work only then; after every Welcome, as the coordinator may have been started again. */
  private sayReady(): void {
    const { prepared } = this;
    void prepared?.then(
      ({ rows, blobs }) => {
        if (!rows || this.ended || JSON.stringify(blobs) !== this.blobs) return;
        const held = [this.current, ...this.queue, ...this.outgoing.assignments].flatMap((one) =>
          one && one !== this.dropped ? [one] : [],
        );
        const { incarnation } = this;
        const here = held.filter((one) => one.incarnation === incarnation);
        this.session.ready(rows, [...new Set(here.map(({ id }) => id))]);
      },
      // Said where it was prepared.
      () => undefined,
    );
  }

  /** The run cannot be taken part in: every assignment would fail, so say it once and go. */
  private unprepared(error: Error): void {
    if (this.ended) return;
    const place = error instanceof DataError ? `${error.file}: ` : '';
    const message = `this ${this.options.own ? 'participant' : 'worker'} cannot take part: ${place}${error.message}`;
    this.emit('refused', { code: 'invalid', message }, error);
    this.session.leave(this.options.own ? reasonToTell(error) : error.message);
    void this.end();
  }

  private assign(assignment: AssignmentMessage): void {
    const refusal = this.options.own && this.guard.refusal(assignment);
    if (refusal) return this.unprepared(new ParticipationRefused(refusal));
    const limit = this.options.limit?.(assignment);
    if (limit !== undefined) return void this.leave(limit);
    this.queue.push(assignment);
    if (!this.current) void this.work();
  }

  private cancel(id: string, reason: string): void {
    const index = this.queue.findIndex((assignment) => assignment.id === id);
    if (index >= 0) this.queue.splice(index, 1);
    else if (this.current?.id === id) this.trainer.cancel();
    this.emit('cancelled', { id, reason });
  }

  private async work(): Promise<void> {
    for (let next = this.queue.shift(); next; next = this.queue.shift()) {
      this.current = next;
      try {
        await this.carryOut(next);
      } catch (error) {
        this.gaveUp(next, error as Error);
      }
      this.current = undefined;
    }
  }

  private gaveUp(assignment: AssignmentMessage, error: Error): void {
    if (this.ended || error instanceof WorkCancelled) return;
    this.held = '';
    this.emit('failed', { id: assignment.id, message: error.message });
    this.session.fail({
      assignment: assignment.id,
      incarnation: assignment.incarnation,
      reason: this.options.own ? reasonToTell(error) : error.message,
    });
  }

  private async carryOut(assignment: AssignmentMessage): Promise<void> {
    const { id, round, work, codec } = assignment;
    const prepared = await this.prepared!;
    if (work.kind === 'survey') {
      this.emit('started', { id, round, work });
      return this.send(assignment, await pack(surveyed(prepared.survey ?? {}), this.hasher));
    }
    const [vectors, reference] = await Promise.all([
      this.vectorsFor(assignment),
      this.referenceFor(assignment),
    ]);
    await this.fetchRows(prepared, work);
    if (this.dropped === assignment) throw new WorkCancelled('it was handed back');
    this.round = round;
    this.emit('started', { id, round, work });
    const order: WorkOrder = {
      work,
      round,
      terms: assignment.terms,
      sections: assignment.sections,
      local: assignment.local,
      measures: assignment.measures,
      choices: assignment.choices,
      learningRate: assignment.learningRate,
      codec,
      ...(assignment.encoding && { encoding: assignment.encoding }),
      ...(assignment.sectionCodec && { sectionCodec: assignment.sectionCodec }),
    };
    const { recollection } = prepared;
    const remembered = await recollection?.before(assignment.counted, assignment.kept);
    const recall = recollection !== undefined;
    const base = reference?.id ?? this.base;
    // Until the trainer is through: after a failure it may hold anything.
    this.held = '';
    this.base = '';
    const done = await this.trainer
      .execute(order, vectors, { reference, remembered, recall, hash: this.options.own !== undefined })
      .catch((error: unknown) => {
        recollection?.unsure();
        if (error instanceof WorkCancelled) this.base = base;
        throw error;
      });
    this.base = base;
    if (done.remembered) await recollection?.after(id, done.remembered);
    // Local steps, and what stays with the member, change the weights in place.
    this.held = keepsWeights(work) && order.local.length === 0 ? assignment.weights : '';
    await this.send(assignment, done);
  }

  private async send(assignment: AssignmentMessage, result: PackedResult): Promise<void> {
    const limit = this.outgoing.send(assignment, result);
    if (limit !== undefined) await this.leave(limit);
  }

  /** The vectors that the trainer does not hold yet. */
  private async vectorsFor({ weights, vectors, codec, reference }: AssignmentMessage): Promise<SentVector[]> {
    const wanted = Object.entries(vectors);
    if (weights !== this.held && !reference) wanted.unshift([WEIGHTS, weights]);
    return Promise.all(
      wanted.map(async ([name, hash]) => ({ name, codec, bytes: await this.session.fetch(hash) })),
    );
  }

  /** How the trainer comes to the weights by way of those that it keeps; undefined where it need not. */
  private async referenceFor({ weights, reference }: AssignmentMessage): Promise<SentReference | undefined> {
    if (!reference || weights === this.held) return undefined;
    return fetchReference(weights, reference, this.base, (id) => this.session.fetch(id));
  }

  private async fetchRows({ blocks, hashes }: Prepared, work: AssignmentMessage['work']): Promise<void> {
    if (blocks.kind === 'own' || this.rows.hasAll(hashes)) return;
    const wanted = await this.trainer.ask({ type: 'blocks', work });
    const fetch = (hash: string): Promise<Uint8Array> => this.session.fetch(hash);
    await Promise.all(wanted.map((block) => this.rows.ensure(block, hashes[block]!, fetch)));
  }
}

/** Whether the trainer holds the weights that the work started from when it is done. */
function keepsWeights({ kind }: Work): boolean {
  return kind === 'gradient' || kind === 'evaluate';
}

/** The answer to a survey: sums, and nothing else. */
function surveyed(sums: SurveySums): WorkResult {
  const header = { examples: sums['rows'] ?? 0, sums, steps: 0, computeMs: 0, sections: [] };
  return { header, sections: [] };
}
