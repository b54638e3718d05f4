import type { EngineName } from '../engines/create.ts';
import type { EngineInfo } from '../engines/engine.ts';
import { sha256 } from '../node/data/sha256.ts';
import { nodeHasher } from '../node/hasher.ts';
import { DataError } from '../shared/data/data-error.ts';
import { parseManifest } from '../shared/data/dataset.ts';
import { encodedSize } from '../shared/parameters/codecs.ts';
import { parseRecipe } from '../shared/programs/parse-recipe.ts';
import type { Channel } from '../shared/protocol/channel.ts';
import { Emitter } from '../shared/protocol/emitter.ts';
import { type Introduction, MemberSession } from '../shared/protocol/member-session.ts';
import type { AssignmentMessage, Welcome } from '../shared/protocol/messages.ts';
import { version } from '../shared/version.ts';
import { BlockCache } from './data/block-cache.ts';
import type { Blocks } from './data/blocks.ts';
import { probeCache } from './data/cache-folder.ts';
import { ownCopy } from './data/own-copy.ts';
import type { MemberEvents } from './events.ts';
import type { TrainerClient } from './trainer/trainer-client.ts';
import { startTrainerThread } from './trainer/trainer-thread.ts';
import { type SentVector, WEIGHTS, WorkCancelled, type WorkOrder } from './trainer/work-order.ts';

export interface MemberOptions {
  /** Opens a channel to the coordinator; called again after every loss. */
  readonly dial: () => Promise<Channel>;
  readonly token: string;
  /** For people; not unique. */
  readonly name: string;
  readonly engine: EngineName;
  readonly threads: number;
  /** Folder for fetched rows. */
  readonly cache: string;
  /** Folder with an own copy of the run's table; undefined: rows are fetched. */
  readonly data?: string;
}

/** What the member holds of a run once it is prepared. */
interface Prepared {
  readonly blobs: Welcome['blobs'];
  readonly blocks: Blocks;
  readonly hashes: readonly string[];
}

/**
 * A worker node: a session with the coordinator, a trainer in its own thread, and between them a queue of assignments. It
 * reconnects by itself, and what was computed while the connection was away is sent when it is back.
 */
export class Member extends Emitter<MemberEvents> {
  private readonly session: MemberSession;
  private readonly trainer: TrainerClient;
  private readonly cache: BlockCache;
  private readonly queue: AssignmentMessage[] = [];
  private prepared: Promise<Prepared> | undefined;
  private blobs = '';
  private current: AssignmentMessage | undefined;
  private incarnation = -1;
  /** Hash of the weights that the trainer holds unchanged. */
  private held = '';
  private ended = false;

  private constructor(
    private readonly options: MemberOptions,
    trainer: TrainerClient,
    private readonly engine: EngineInfo,
  ) {
    super();
    this.trainer = trainer;
    const capabilities: Introduction['capabilities'] = {
      engine: engine.name,
      provider: engine.provider,
      threads: engine.threads,
      codecs: ['f32', 'f16'],
      ownExamples: 0,
      dataHash: '',
    };
    this.cache = new BlockCache(options.cache);
    this.session = new MemberSession({
      dial: options.dial,
      hello: { token: options.token, name: options.name, version, capabilities },
      hasher: nodeHasher,
    });
    this.session.on('welcome', (welcome) => this.welcome(welcome));
    this.session.on('assign', (assignment) => this.assign(assignment));
    this.session.on('cancel', ({ assignment, reason }) => this.cancel(assignment, reason));
    this.session.on('committed', (committed) => this.emit('committed', committed));
    this.session.on('disconnected', (reason, retryInMs) =>
      this.emit('disconnected', reason.message, retryInMs),
    );
    this.session.on('refused', (refusal) => {
      this.emit('refused', refusal);
      void this.end();
    });
    this.session.on('finished', (reason, message) => {
      this.emit('finished', { reason, message });
      void this.end();
    });
  }

  /**
   * Starts the engine; nothing is asked of the network before it is there.
   *
   * @throws CacheError when the folder for rows cannot be written; EngineError when the engine is not available on this machine
   */
  static async create(options: MemberOptions): Promise<Member> {
    await probeCache(options.cache);
    const trainer = startTrainerThread({ engine: options.engine, threads: options.threads });
    const info = await trainer.info();
    return new Member(options, trainer, info);
  }

  /** Connects, and keeps connecting; also before the coordinator is there. */
  start(): void {
    this.emit('engine', this.engine);
    this.session.start();
  }

  /** Hands back what it holds and goes. */
  async leave(): Promise<void> {
    if (this.ended) return;
    this.session.leave('asked to stop');
    this.emit('finished', { reason: 'left', message: 'left the run; its work was handed back' });
    await this.end();
  }

  private async end(): Promise<void> {
    if (this.ended) return;
    this.ended = true;
    this.queue.length = 0;
    this.trainer.cancel();
    this.session.close();
    await this.trainer.close();
    this.emit('closed');
  }

  private welcome(welcome: Welcome): void {
    if (welcome.incarnation !== this.incarnation) {
      // What an earlier life of the coordinator handed out is void.
      this.incarnation = welcome.incarnation;
      this.queue.length = 0;
      if (this.current) this.trainer.cancel();
    }
    this.emit('joined', welcome);
    const blobs = JSON.stringify(welcome.blobs);
    if (blobs === this.blobs) return;
    this.blobs = blobs;
    this.held = '';
    this.prepared = this.prepare(welcome);
    this.prepared.catch((error: Error) => this.unprepared(error));
  }

  /** Fetches the model and what goes with it, and derives the programs. */
  private async prepare(welcome: Welcome): Promise<Prepared> {
    const fetch = (name: string): Promise<Uint8Array> => this.session.fetch(welcome.blobs[name] ?? '');
    const text = new TextDecoder('utf-8', { fatal: true });
    const [model, recipeBytes, manifestBytes] = await Promise.all([
      fetch('model'),
      fetch('recipe'),
      fetch('manifest'),
    ]);
    const recipe = parseRecipe(text.decode(recipeBytes));
    const manifest = await parseManifest(text.decode(manifestBytes), sha256);
    const { data, cache } = this.options;
    const blocks: Blocks = data
      ? { kind: 'own', directory: await ownCopy(data, recipe, manifest, cache) }
      : { kind: 'fetched', directory: cache };
    const { floats } = await this.trainer.ask({
      type: 'prepare',
      setup: { model, recipe, manifest },
      blocks,
    });
    this.emit('ready', { floats, rows: manifest.rows, ownCopy: data !== undefined });
    return { blobs: welcome.blobs, blocks, hashes: manifest.blocks.map((block) => block.hash) };
  }

  /** The run cannot be taken part in: every assignment would fail, so say it once and go. */
  private unprepared(error: Error): void {
    if (this.ended) return;
    const place = error instanceof DataError ? `${error.file}: ` : '';
    this.emit('refused', {
      code: 'invalid',
      message: `this worker cannot take part: ${place}${error.message}`,
    });
    this.session.leave(error.message);
    void this.end();
  }

  private assign(assignment: AssignmentMessage): void {
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
      reason: error.message,
    });
  }

  private async carryOut(assignment: AssignmentMessage): Promise<void> {
    const { id, round, work, codec } = assignment;
    const prepared = await this.prepared!;
    const vectors = await this.vectorsFor(assignment);
    await this.fetchRows(prepared, work);
    this.emit('started', { id, round, work });
    const order: WorkOrder = {
      work,
      terms: assignment.terms,
      sections: assignment.sections,
      local: assignment.local,
      learningRate: assignment.learningRate,
      codec,
    };
    const { header, sections } = await this.trainer.execute(order, vectors);
    // Local steps, and what stays with the member, change the weights in place.
    this.held = work.kind === 'local' || order.local.length > 0 ? '' : assignment.weights;
    const payload = join(sections.map((section) => section.bytes));
    // Not awaited: the next assignment may be computed while this one travels.
    void this.session
      .upload(
        {
          assignment: id,
          incarnation: assignment.incarnation,
          header,
          credit: assignment.uploadCredit,
          sections: sections.map(({ name, floats }) => ({
            name,
            codec,
            floats,
            bytes: encodedSize(floats, codec),
          })),
        },
        payload,
      )
      .then(
        (status) =>
          this.emit('done', { id, round, status, examples: header.examples, computeMs: header.computeMs }),
        (error: Error) => {
          // Not after leaving: what is under way then was handed back.
          if (!this.ended) this.emit('failed', { id, message: error.message });
        },
      );
  }

  /** The vectors that the trainer does not hold yet. */
  private async vectorsFor({ weights, vectors, codec }: AssignmentMessage): Promise<SentVector[]> {
    const wanted = Object.entries(vectors);
    if (weights !== this.held) wanted.unshift([WEIGHTS, weights]);
    return Promise.all(
      wanted.map(async ([name, hash]) => ({ name, codec, bytes: await this.session.fetch(hash) })),
    );
  }

  private async fetchRows({ blocks, hashes }: Prepared, work: AssignmentMessage['work']): Promise<void> {
    if (blocks.kind === 'own' || this.cache.hasAll(hashes)) return;
    const wanted = await this.trainer.ask({ type: 'blocks', work });
    const fetch = (hash: string): Promise<Uint8Array> => this.session.fetch(hash);
    await Promise.all(wanted.map((block) => this.cache.ensure(hashes[block]!, fetch)));
  }
}

function join(parts: readonly Uint8Array[]): Uint8Array {
  if (parts.length === 1) return parts[0]!;
  const whole = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let offset = 0;
  for (const part of parts) {
    whole.set(part, offset);
    offset += part.length;
  }
  return whole;
}
