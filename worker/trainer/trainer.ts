import type { Engine } from '../../engines/engine.ts';
import type { DatasetManifest } from '../../shared/data/dataset.ts';
import { createOptimizer } from '../../shared/nn/optimizers/create.ts';
import { allocateState, stateFloats } from '../../shared/nn/optimizers/state.ts';
import { type ByteSource, inMemory } from '../../shared/onnx/byte-source.ts';
import type { Model } from '../../shared/onnx/model.ts';
import { withFrozen } from '../../shared/onnx/pieces/referred.ts';
import { readModel } from '../../shared/onnx/read.ts';
import { decodeInto } from '../../shared/parameters/codecs.ts';
import { layoutOf } from '../../shared/parameters/layout-of.ts';
import { type Vector, VectorMemory } from '../../shared/parameters/memory.ts';
import { Reference } from '../../shared/parameters/reference.ts';
import { losesInEncoding, remembers, reservedVectors } from '../../shared/programs/member-state.ts';
import type { UsedPrecision } from '../../shared/programs/precision.ts';
import type { Recipe } from '../../shared/programs/recipe.ts';
import type { FrozenWeights } from '../frozen/frozen-store.ts';
import { BatchLoader, type BlockSource } from './batch-loader.ts';
import { dealtBatches } from './batches.ts';
import { SHARED } from './choose.ts';
import type { Done, TrainerContext } from './context.ts';
import { encodeUpdate } from './encode-update.ts';
import { evaluate, evaluateOwn } from './evaluate-work.ts';
import { type TakenFrom, takeModel } from './export-model.ts';
import { gradient } from './gradient-work.ts';
import { LocalState } from './local-state.ts';
import { localSteps } from './local-work.ts';
import { LossScale } from './loss-scale.ts';
import { MicroBatches } from './micro-batches.ts';
import { Moments } from './moments.ts';
import { trainBeside, trainOwn } from './own-work.ts';
import { Programs } from './programs.ts';
import {
  type Remembered,
  type SentReference,
  type SentVector,
  WEIGHTS,
  type WorkOrder,
  type WorkResult,
} from './work-order.ts';

/** What a member needs to know to derive its programs: all of it came from the coordinator and can be checked. */
export interface TrainerSetup {
  readonly model: Uint8Array;
  readonly recipe: Recipe;
  readonly manifest: DatasetManifest;
  /** Frozen weights that the model refers to, where they came apart from it. */
  readonly frozen?: FrozenWeights;
}

/** What a trainer knows of its platform, where that has it. */
export interface TrainerPlatform {
  /** Bytes that the process could still take. */
  freeMemory?(): number;
  /** A file of this member's own. */
  openFile?(path: string): ByteSource;
}

/**
 * Carries assignments out on an engine: the member's side of training. It knows no thread, socket or file, so Node and
 * browsers run the same.
 */
export class Trainer {
  /** Globs of the parameters that stay here. */
  private personal: readonly string[] = [];
  /** The weights as they were sent, where they travel as deltas: memory of its own, taken when they first do. */
  private reference: Reference | undefined;

  private constructor(
    readonly engine: Engine,
    private readonly model: Model,
    private current: TrainerContext,
    private readonly programs: Programs,
  ) {}

  /**
   * Derives the layout and reserves the flat vectors; programs are compiled when first needed.
   *
   * @throws OnnxFormatError, ModelError for a model that cannot be trained
   */
  static create(
    engine: Engine,
    setup: TrainerSetup,
    blocks: BlockSource,
    platform: TrainerPlatform = {},
  ): Trainer {
    // Initial weights come with the first assignment; what is frozen is copied into programs from where it lies, or mapped.
    const { frozen } = setup;
    const model = readModel(
      withFrozen(setup.model, frozen && { id: frozen.id, source: sourceOf(frozen, platform) }),
    );
    const layout = layoutOf(model);
    const { recipe } = setup;
    const optimizer = createOptimizer(recipe.optimizer);
    const hasPieces = recipe.memory?.microBatch !== undefined;
    const count = (hasPieces ? 4 : 3) + reservedVectors(recipe.state).length;
    const memory = VectorMemory.create(count * (layout.length + 4) + stateFloats(optimizer, layout));
    const vector = (): Vector => memory.allocate(layout.length);
    const context: TrainerContext = {
      layout,
      memory,
      recipe,
      loader: new BatchLoader(setup.manifest, blocks, recipe.seed),
      optimizer,
      parameters: vector(),
      update: vector(),
      base: vector(),
      ...(hasPieces && { gathered: vector() }),
      microBatches: new MicroBatches(recipe.memory?.microBatch, platform.freeMemory),
      lossScale: new LossScale(),
      moments: new Moments(memory, allocateState(memory, optimizer, layout).vectors),
      local: new LocalState(memory, layout, recipe.state),
    };
    return new Trainer(engine, model, context, new Programs(engine, model, context));
  }

  get context(): TrainerContext {
    return this.current;
  }

  /** Takes the weights, or one of the server's vectors, before an assignment that starts from them. */
  set({ name, bytes, codec }: SentVector): void {
    // Among the models to choose from; it comes as the weights.
    if (name === SHARED) return;
    decodeInto(name === WEIGHTS ? this.context.parameters : this.context.local.server(name), bytes, codec);
  }

  /**
   * Takes the weights by way of those that are kept, before an assignment that starts from them.
   *
   * @throws CodecError when a delta is for other weights, or not of this model's size
   */
  follow({ id, whole, deltas }: SentReference): void {
    const { layout, parameters } = this.context;
    this.reference ??= new Reference(layout);
    if (whole) this.reference.take(id, whole);
    for (const delta of deltas) this.reference.add(delta);
    if (this.reference.id !== id) {
      throw new Error(`the weights ${id} were to be kept here, and ${this.reference.id ?? 'none'} are`);
    }
    parameters.view.set(this.reference.vector.view);
  }

  /** Compiles the training program, so that the first assignment is as fast as the others. */
  warmUp(): Promise<void> {
    return this.programs.warmUp();
  }

  /** What training computes in, where the job asks for other than float32. */
  async precision(): Promise<UsedPrecision | undefined> {
    return this.context.recipe.memory?.precision && (await this.programs.precision());
  }

  /**
   * Works for another member from now on: on its rows, with what it remembers. Programs and memory stay; the rows must have the
   * same form. What the one before remembers is to be taken with `snapshot` first.
   *
   * @param remembered of the member's last work; empty for one that has not worked yet
   */
  swap(
    rows: { readonly manifest: DatasetManifest; readonly blocks: BlockSource },
    remembered: Remembered,
  ): void {
    const loader = new BatchLoader(rows.manifest, rows.blocks, this.context.recipe.seed);
    this.current = { ...this.current, loader };
    this.restore(remembered);
  }

  /** Copies of what is to last from round to round; empty where the run's strategy wants nothing of the kind. */
  snapshot(): Remembered {
    const { recipe, local, moments } = this.context;
    return recipe.state?.moments ? new Map([...local.snapshot(), ...moments.snapshot()]) : local.snapshot();
  }

  /** Whether the work changes what the member remembers. */
  leaves({ kind }: WorkOrder['work']): boolean {
    const { state } = this.context.recipe;
    // A gradient changes nothing but what its encoding loses.
    return kind === 'gradient'
      ? losesInEncoding(state)
      : (kind === 'own' || kind === 'local') && remembers(state);
  }

  /** @throws Error when it is of another model or run */
  restore(remembered: Remembered): void {
    const { recipe, local, moments } = this.context;
    local.restore(remembered);
    if (recipe.state?.moments) moments.restore(remembered);
  }

  /** Rows of the data set that the work reads, so that their blocks can be fetched first. */
  blocksFor(work: WorkOrder['work']): number[] {
    const { loader } = this.context;
    if (!('start' in work)) return [];
    return loader.blocksOf(
      work.kind === 'evaluate'
        ? loader.testRows(work.start, work.end)
        : loader.positions(work.epoch, work.start, work.end),
    );
  }

  /**
   * All or nothing: work that fails or is cancelled leaves what the member remembers as it was.
   *
   * @param cancelled asked between steps
   * @throws WorkCancelled
   */
  async execute(order: WorkOrder, cancelled: () => boolean): Promise<WorkResult> {
    const startedAt = performance.now();
    // The encoding of a gradient is the last thing that can fail, and changes what it lost before only when it does not.
    const before = order.work.kind !== 'gradient' && this.leaves(order.work) ? this.snapshot() : undefined;
    try {
      // Local work changes the weights in place; the member sets them anew before the next assignment.
      this.context.local.apply(order.local, this.context.parameters);
      this.personal = order.local;
      const done = await this.run(order, cancelled);
      const sections = encodeUpdate(this.context, order, done.sections);
      if (order.work.kind === 'own')
        await trainBeside(this.context, this.programs, order, order.work, cancelled);
      const { examples, sums, steps } = done;
      const computeMs = performance.now() - startedAt;
      return { header: { examples, sums, steps, computeMs, sections: done.sections }, sections };
    } catch (error) {
      if (before) this.restore(before);
      throw error;
    }
  }

  /** The model as it is after the run: `weights` are its last, and what stays with the member is put in their place. */
  take(weights: SentVector, from: TakenFrom): Uint8Array {
    this.set(weights);
    this.context.local.apply(this.personal, this.context.parameters);
    return takeModel(this.model, this.context, from);
  }

  async close(): Promise<void> {
    await this.programs.release();
    await this.engine.close();
  }

  private async run(order: WorkOrder, cancelled: () => boolean): Promise<Done> {
    const { work } = order;
    const { context, programs } = this;
    switch (work.kind) {
      case 'gradient':
        return gradient(context, await programs.training(work.phase), order, work);
      case 'local': {
        const batches = dealtBatches(context.loader, work);
        const examples = work.end - work.start;
        return localSteps(context, await programs.training(), order, batches, { examples, cancelled });
      }
      case 'own':
        return trainOwn(context, programs, order, work, cancelled);
      case 'evaluate':
        return evaluate(context, programs, work, cancelled);
      case 'evaluate-own':
        return evaluateOwn(context, programs, order, work, cancelled);
      case 'survey':
        throw new Error('a survey comes before there is a model to train');
    }
  }
}

function sourceOf(frozen: FrozenWeights, { openFile }: TrainerPlatform): ByteSource {
  if (frozen.kind === 'memory') return inMemory(frozen.bytes);
  if (!openFile) throw new Error('this trainer has no files to read weights from');
  return openFile(frozen.path);
}
