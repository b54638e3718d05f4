import type { Engine } from '../../engines/engine.ts';
import type { DatasetManifest } from '../../shared/data/dataset.ts';
import { PHASES, type Phase } from '../../shared/nn/gan/networks.ts';
import { createOptimizer } from '../../shared/nn/optimizers/create.ts';
import { allocateState, stateFloats } from '../../shared/nn/optimizers/state.ts';
import type { Model } from '../../shared/onnx/model.ts';
import { readModel } from '../../shared/onnx/read.ts';
import { decodeInto } from '../../shared/parameters/codecs.ts';
import { layoutOf } from '../../shared/parameters/layout-of.ts';
import { type Vector, VectorMemory } from '../../shared/parameters/memory.ts';
import { evaluationProgram } from '../../shared/programs/evaluate.ts';
import { ganEvaluationProgram } from '../../shared/programs/gan-evaluate.ts';
import { ganTrainingProgram } from '../../shared/programs/gan-train.ts';
import type { Program } from '../../shared/programs/program.ts';
import type { Recipe } from '../../shared/programs/recipe.ts';
import { trainingProgram } from '../../shared/programs/train.ts';
import { BatchLoader, type BlockSource } from './batch-loader.ts';
import { dealtBatches, ownBatches } from './batches.ts';
import { BoundProgram } from './bound-program.ts';
import type { Done, TrainerContext } from './context.ts';
import { encodeUpdate } from './encode-update.ts';
import { evaluate } from './evaluate-work.ts';
import { type TakenFrom, takeModel } from './export-model.ts';
import { gradient } from './gradient-work.ts';
import { LocalState } from './local-state.ts';
import { type Batch, localSteps } from './local-work.ts';
import { type SentVector, WEIGHTS, type WorkOrder, type WorkResult } from './work-order.ts';

/** What a member needs to know to derive its programs: all of it came from the coordinator and can be checked. */
export interface TrainerSetup {
  readonly model: Uint8Array;
  readonly recipe: Recipe;
  readonly manifest: DatasetManifest;
}

/**
 * Carries assignments out on an engine: the member's side of training. It knows no thread, socket or file, so Node and
 * browsers run the same.
 */
export class Trainer {
  /** By phase of a GAN; a model of one network has one program. */
  private readonly training = new Map<Phase | 'all', BoundProgram>();
  private evaluation: BoundProgram | undefined;
  /** Optimizer steps of local work so far, for bias corrections; it stays with the member like the moments. */
  private localStepCount = 0;
  /** Globs of the parameters that stay here. */
  private personal: readonly string[] = [];

  private constructor(
    readonly engine: Engine,
    private readonly model: Model,
    readonly context: TrainerContext,
  ) {}

  /** Derives the layout and reserves the flat vectors; programs are compiled when first needed. */
  static create(engine: Engine, setup: TrainerSetup, blocks: BlockSource): Trainer {
    const model = readModel(setup.model);
    const layout = layoutOf(model);
    const optimizer = createOptimizer(setup.recipe.optimizer);
    const hasPieces = setup.recipe.memory?.microBatch !== undefined;
    const memory = VectorMemory.create(
      ((hasPieces ? 4 : 3) + LocalState.vectors) * (layout.length + 4) + stateFloats(optimizer, layout),
    );
    const vector = (): Vector => memory.allocate(layout.length);
    return new Trainer(engine, model, {
      layout,
      memory,
      recipe: setup.recipe,
      loader: new BatchLoader(setup.manifest, blocks, setup.recipe.seed),
      optimizer,
      parameters: vector(),
      update: vector(),
      base: vector(),
      ...(hasPieces && { gathered: vector() }),
      slots: allocateState(memory, optimizer, layout).vectors,
      local: new LocalState(memory, layout),
    });
  }

  /** Takes the weights, or one of the server's vectors, before an assignment that starts from them. */
  set({ name, bytes, codec }: SentVector): void {
    decodeInto(name === WEIGHTS ? this.context.parameters : this.context.local.server(name), bytes, codec);
  }

  /** Compiles the training program, so that the first assignment is as fast as the others. */
  async warmUp(): Promise<void> {
    const phases = this.context.recipe.loss.kind === 'gan' ? PHASES : [undefined];
    for (const phase of phases) await this.trainingProgram(phase);
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
   * @param cancelled asked between steps
   * @throws WorkCancelled
   */
  async execute(order: WorkOrder, cancelled: () => boolean): Promise<WorkResult> {
    const startedAt = performance.now();
    const { context } = this;
    // Local work changes the weights in place; the member sets them anew before the next assignment.
    context.local.apply(order.local, context.parameters);
    this.personal = order.local;
    const done = await this.run(order, cancelled);
    const sections = encodeUpdate(context, order, done.sections);
    return {
      header: {
        examples: done.examples,
        sums: done.sums,
        steps: done.steps,
        computeMs: performance.now() - startedAt,
        sections: done.sections,
      },
      sections,
    };
  }

  /** The model as it is after the run: `weights` are its last, and what stays with the member is put in their place. */
  take(weights: SentVector, from: TakenFrom): Uint8Array {
    this.set(weights);
    this.context.local.apply(this.personal, this.context.parameters);
    return takeModel(this.model, this.context, from);
  }

  async close(): Promise<void> {
    for (const program of this.training.values()) await program.release();
    await this.evaluation?.release();
    await this.engine.close();
  }

  private async run(order: WorkOrder, cancelled: () => boolean): Promise<Done> {
    const { work } = order;
    switch (work.kind) {
      case 'gradient':
        return gradient(this.context, await this.trainingProgram(work.phase), order, work);
      case 'local':
        return this.steps(order, dealtBatches(this.context.loader, work), work.end - work.start, cancelled);
      case 'own':
        if (!work.keepsOptimizer) this.forgetMoments();
        return this.steps(
          order,
          ownBatches(this.context.loader, work, order.round),
          this.context.loader.trainingRows,
          cancelled,
        );
      case 'evaluate':
        return evaluate(this.context, await this.evaluationProgram(), work, cancelled);
      case 'evaluate-own': {
        const all = { start: 0, end: this.context.loader.heldOutRows };
        return evaluate(this.context, await this.evaluationProgram(), all, cancelled);
      }
      case 'survey':
        throw new Error('a survey comes before there is a model to train');
    }
  }

  private async steps(
    order: WorkOrder,
    batches: Iterable<Batch>,
    examples: number,
    cancelled: () => boolean,
  ): Promise<Done> {
    const progress = { cancelled, firstStep: this.localStepCount + 1, examples };
    const done = await localSteps(this.context, await this.trainingProgram(), order, batches, progress);
    this.localStepCount += done.steps;
    return done;
  }

  /** Federated participants begin each round without moments of the one before (McMahan et al. 2017; Reddi et al. 2021). */
  private forgetMoments(): void {
    const { memory, slots } = this.context;
    for (const slot of Object.values(slots)) memory.kernels.fill(slot, 0);
    this.localStepCount = 0;
  }

  private async trainingProgram(phase?: Phase): Promise<BoundProgram> {
    const { layout, parameters, update, recipe } = this.context;
    const known = this.training.get(phase ?? 'all');
    if (known) return known;
    const program = this.programOf(phase);
    const bound = await BoundProgram.bind(this.engine, program, layout, parameters, {
      update,
      recompute: recipe.memory?.recompute,
    });
    this.training.set(phase ?? 'all', bound);
    return bound;
  }

  private programOf(phase: Phase | undefined): Program {
    const { loss, target } = this.context.recipe;
    if (loss.kind === 'gan' && phase) return ganTrainingProgram(this.model, loss, phase);
    if (loss.kind === 'gan' || phase)
      throw new Error('phases are for GANs, and a GAN has no step without one');
    return trainingProgram(this.model, loss, target);
  }

  private async evaluationProgram(): Promise<BoundProgram> {
    const { layout, parameters, recipe } = this.context;
    this.evaluation ??= await BoundProgram.bind(
      this.engine,
      recipe.loss.kind === 'gan'
        ? ganEvaluationProgram(this.model, recipe.loss)
        : evaluationProgram(this.model, recipe.loss, recipe.target, recipe.metrics),
      layout,
      parameters,
    );
    return this.evaluation;
  }
}
