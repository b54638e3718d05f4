import type { Engine } from '../../engines/engine.ts';
import { PHASES, type Phase } from '../../shared/nn/gan/networks.ts';
import type { Model } from '../../shared/onnx/model.ts';
import { evaluationProgram } from '../../shared/programs/evaluate.ts';
import { ganEvaluationProgram } from '../../shared/programs/gan-evaluate.ts';
import { ganTrainingProgram } from '../../shared/programs/gan-train.ts';
import { withLossScale } from '../../shared/programs/loss-scale.ts';
import type { UsedPrecision } from '../../shared/programs/precision.ts';
import type { Program } from '../../shared/programs/program.ts';
import { trainingProgram } from '../../shared/programs/train.ts';
import { BoundProgram } from './bound-program.ts';
import type { TrainerContext } from './context.ts';
import { precisionOn } from './precision.ts';

/** The programs of a model, bound to the trainer's vectors; each is derived and compiled when it is first needed. */
export class Programs {
  /** By phase of a GAN; a model of one network has one program. */
  private readonly byPhase = new Map<Phase | 'all', BoundProgram>();
  private measuring: BoundProgram | undefined;

  constructor(
    private readonly engine: Engine,
    private readonly model: Model,
    private readonly context: Pick<TrainerContext, 'layout' | 'parameters' | 'update' | 'recipe'>,
  ) {}

  /** Compiles what trains, so that the first assignment is as fast as the others. */
  async warmUp(): Promise<void> {
    const phases = this.context.recipe.loss.kind === 'gan' ? PHASES : [undefined];
    for (const phase of phases) await this.training(phase);
  }

  /** What training computes in here; measuring is in float32. */
  precision(): Promise<UsedPrecision> {
    return precisionOn(this.engine, this.context.recipe.memory?.precision);
  }

  async training(phase?: Phase): Promise<BoundProgram> {
    const { layout, parameters, update, recipe } = this.context;
    const known = this.byPhase.get(phase ?? 'all');
    if (known) return known;
    const isMixed = (await this.precision()) !== 'float32';
    const program = this.trainingOf(phase);
    const bound = await BoundProgram.bind(
      this.engine,
      isMixed ? withLossScale(program) : program,
      layout,
      parameters,
      { update, recompute: recipe.memory?.recompute, precision: isMixed ? 'mixed' : 'float32' },
    );
    this.byPhase.set(phase ?? 'all', bound);
    return bound;
  }

  async evaluation(): Promise<BoundProgram> {
    const { layout, parameters, recipe } = this.context;
    this.measuring ??= await BoundProgram.bind(
      this.engine,
      recipe.loss.kind === 'gan'
        ? ganEvaluationProgram(this.model, recipe.loss)
        : evaluationProgram(this.model, recipe.loss, recipe.target, recipe.metrics),
      layout,
      parameters,
    );
    return this.measuring;
  }

  async release(): Promise<void> {
    for (const program of this.byPhase.values()) await program.release();
    await this.measuring?.release();
  }

  private trainingOf(phase: Phase | undefined): Program {
    const { loss, target } = this.context.recipe;
    if (loss.kind === 'gan' && phase) return ganTrainingProgram(this.model, loss, phase);
    if (loss.kind === 'gan' || phase)
      throw new Error('phases are for GANs, and a GAN has no step without one');
    return trainingProgram(this.model, loss, target);
  }
}
