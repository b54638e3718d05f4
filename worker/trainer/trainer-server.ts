import type { Engine } from '../../engines/engine.ts';
import type { DatasetManifest } from '../../shared/data/dataset.ts';
import { type Hasher, portableHasher } from '../../shared/protocol/hasher.ts';
import type { Blocks, BlocksOnDisk } from '../data/blocks.ts';
import type { BlockSource } from './batch-loader.ts';
import type { Envelope, Reply, Request, Responses } from './messages.ts';
import { pack } from './packed.ts';
import { recentlyUsed } from './recently-used.ts';
import { Trainer, type TrainerPlatform } from './trainer.ts';

/** Blocks of the data set kept in memory: 64 of at most a few hundred KiB. */
const BLOCKS_IN_MEMORY = 64;

/** What a trainer needs of the thread that it runs in: one of Node's, or a page's worker. */
export interface TrainerHost extends TrainerPlatform {
  readonly engine: Engine;
  /** Absent where there are no files. */
  openBlocks?(blocks: BlocksOnDisk, manifest: DatasetManifest): Promise<BlockSource>;
  /** As fast as the platform has it. */
  readonly hasher?: Hasher;
  /** Whether the assignment of this sequence number was cancelled; asked between steps. */
  cancelled(sequence: number): boolean;
}

/** The trainer's side of the thread's port: requests come in, and each is answered by one reply. */
export class TrainerServer {
  private trainer: Trainer | undefined;
  private readonly given = new Map<number, Uint8Array>();
  // One at a time, in order: the vectors are shared by all requests.
  private queue: Promise<unknown> = Promise.resolve();

  constructor(private readonly host: TrainerHost) {}

  /** @returns the reply, and what of it is given away with it */
  answer({ id, request }: Envelope): Promise<{ reply: Reply; transfer: ArrayBuffer[] }> {
    const answered = this.queue.then(async () => {
      try {
        const value = await this.handle(request);
        return { reply: { id, ok: true, value } as const, transfer: transferables(value) };
      } catch (error) {
        const { name, message } = error instanceof Error ? error : { name: 'Error', message: String(error) };
        return { reply: { id, ok: false, name, message } as const, transfer: [] };
      }
    });
    this.queue = answered;
    return answered;
  }

  private async handle(request: Request): Promise<unknown> {
    const { engine } = this.host;
    switch (request.type) {
      case 'info':
        return { ...engine.info, float16: await engine.float16() };
      case 'prepare': {
        const { manifest } = request.setup;
        const source = await this.open(request.blocks, manifest);
        this.trainer = Trainer.create(engine, request.setup, source, this.host);
        await this.trainer.warmUp();
        const precision = await this.trainer.precision();
        return { floats: this.trainer.context.layout.length, ...(precision && { precision }) };
      }
      case 'blocks':
        return this.prepared().blocksFor(request.work);
      case 'give':
        this.given.set(request.block, request.bytes);
        return undefined;
      case 'execute': {
        const trainer = this.prepared();
        if (request.remembered) trainer.restore(request.remembered);
        for (const vector of request.vectors) trainer.set(vector);
        if (request.reference) trainer.follow(request.reference);
        const done = await trainer.execute(request.order, () => this.host.cancelled(request.sequence));
        const result = await pack(done, request.hash ? (this.host.hasher ?? portableHasher) : undefined);
        const recall = request.recall && trainer.leaves(request.order.work);
        return recall ? { ...result, remembered: trainer.snapshot() } : result;
      }
      case 'take':
        return this.prepared().take(request.weights, request.from);
      case 'close':
        await (this.trainer?.close() ?? engine.close());
        return undefined;
    }
  }

  private async open(blocks: Blocks, manifest: DatasetManifest): Promise<BlockSource> {
    if (blocks.kind !== 'given') {
      if (!this.host.openBlocks) throw new Error('this trainer has no files to read rows from');
      return recentlyUsed(BLOCKS_IN_MEMORY, await this.host.openBlocks(blocks, manifest));
    }
    this.given.clear();
    for (const [index, block] of (blocks.blocks ?? []).entries()) this.given.set(index, block);
    return (index) => {
      const block = this.given.get(index);
      if (!block) throw new Error(`block ${index} was not given to the trainer`);
      return block;
    };
  }

  private prepared(): Trainer {
    if (!this.trainer) throw new Error('the trainer was asked to work before it was prepared');
    return this.trainer;
  }
}

/** Memory that a result gives away: of the update, and of what the member is to remember. */
function transferables(value: unknown): ArrayBuffer[] {
  if (typeof value !== 'object' || value === null || !('payload' in value)) return [];
  const { payload, remembered = new Map() } = value as Responses['execute'];
  const views = [payload, ...remembered.values()];
  return views.map((view) => view.buffer as ArrayBuffer);
}
