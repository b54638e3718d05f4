import { clipFactor } from '../../shared/nn/optimizers/clip.ts';
import { emaDecay } from '../../shared/nn/optimizers/ema.ts';
import { takeMajority } from '../../shared/parameters/codecs/votes.ts';
import { matchingEntries } from '../../shared/parameters/glob.ts';
import type { ParameterLayout } from '../../shared/parameters/layout.ts';
import type { Vector, VectorMemory } from '../../shared/parameters/memory.ts';
import { foldStatistics } from '../../shared/programs/statistics.ts';
import type { ModelStep, Phase, ServerStep } from '../rounds/types.ts';
import type { ServerOptimizers, ServerPart } from './server-optimizers.ts';
import type { ServerVectors } from './vectors.ts';

export interface StepperOptions {
  readonly clipNorm: number | undefined;
  /** Globs of parameters that stay with the members. */
  readonly local?: readonly string[] | undefined;
  /** Decay of the moving average of the weights; none when undefined. */
  readonly ema?: number | undefined;
}

/** Makes the next version of a window's sums: the weights by an optimizer, then all that moves with them. */
export class Stepper {
  /** The layout without what stays with the members. */
  private readonly shared: ParameterLayout;

  /** @param majority the sums are of votes */
  constructor(
    private readonly layout: ParameterLayout,
    private readonly memory: VectorMemory,
    private readonly vectors: ServerVectors,
    private readonly optimizers: ServerOptimizers,
    private readonly majority: boolean,
    private readonly options: StepperOptions,
  ) {
    const personal = new Set(matchingEntries(layout, options.local ?? []));
    // Members send nothing of their own statistics: folded in, that would be a mean and a variance of zero.
    this.shared = { ...layout, entries: layout.entries.filter((entry) => !personal.has(entry)) };
  }

  /**
   * @param number of the step, from 1 (Adam's bias correction)
   * @returns L2 norm of the aggregated gradient before clipping; undefined where the sums are not finite: nothing was changed
   */
  step(step: ServerStep, number: number): number | undefined {
    const part = step.part && this.part(step.part.phase);
    const { sum } = this.vectors;
    const gradient = part ? sum.slice(part.start, part.end) : sum.slice(0, this.layout.trainable);
    const norm = this.norm(gradient, step);
    if (norm === undefined) return undefined;
    // The mean and the clipping are factors of the optimizer's one pass.
    const gradientScale = clipFactor(norm, this.options.clipNorm) / step.divisor;
    if (part) this.movePart(part, gradient, step, gradientScale);
    else this.moveWeights(step, gradientScale, number);
    this.foldBuffers(step, part?.own ?? this.shared);
    this.moveVectors(step);
    for (const model of step.models ?? []) this.moveModel(model);
    this.moveAverage(number);
    return norm;
  }

  /** Of the gradient that the sums hold, which a majority decides upon here; undefined where a sum is not finite. */
  private norm(gradient: Vector, { divisor, models = [] }: ServerStep): number | undefined {
    const { kernels } = this.memory;
    const { trainable, length } = this.layout;
    const { sum, beside } = this.vectors;
    // In float64, so that it is finite exactly when the gradient is: no pass of its own to find that out.
    const norm = Math.sqrt(kernels.sumOfSquares(gradient)) / divisor;
    const others = [sum.slice(trainable, length), ...models.map(({ name }) => beside[name]!.sum)];
    if (!Number.isFinite(norm) || !others.every((other) => kernels.isFinite(other))) return undefined;
    if (!this.majority) return norm;
    takeMajority(gradient, divisor);
    return Math.sqrt(kernels.sumOfSquares(gradient)) / divisor;
  }

  private moveWeights({ kind, learningRate }: ServerStep, gradientScale: number, step: number): void {
    const { parameters, sum } = this.vectors;
    const { optimizer, state } = kind === 'gradient' ? this.optimizers.inner : this.optimizers.outer;
    const numbers = { learningRate, gradientScale, step };
    optimizer.step(this.memory, parameters, sum, state.vectors, this.layout, numbers);
  }

  private movePart(
    { start, end, optimizer, state, layout }: ServerPart,
    gradient: Vector,
    { learningRate, part }: ServerStep,
    gradientScale: number,
  ): void {
    const parameters = this.vectors.parameters.slice(start, end);
    const numbers = { learningRate, gradientScale, step: part!.step };
    optimizer.step(this.memory, parameters, gradient, state.vectors, layout, numbers);
  }

  /** @param layout of those whose statistics came */
  private foldBuffers({ buffersDivisor, buffers }: ServerStep, layout: ParameterLayout): void {
    const { trainable, length } = this.layout;
    const { parameters, sum } = this.vectors;
    if (length === trainable || !(buffersDivisor > 0)) return;
    this.memory.kernels.scale(sum.slice(trainable, length), 1 / buffersDivisor);
    foldStatistics(layout, parameters.view, sum.view, buffersDivisor, buffers);
  }

  private moveVectors({ vectors, corrections = [] }: ServerStep): void {
    const { kernels } = this.memory;
    const { trainable } = this.layout;
    const { parameters, sum, beside } = this.vectors;
    for (const { name, scale, from } of vectors) {
      const vector = beside[name]!;
      if (from === 'parameters')
        kernels.axpy(vector.value.slice(0, trainable), scale, sum.slice(0, trainable));
      else kernels.axpy(vector.value, scale, vector.sum);
    }
    for (const { vector, coefficient } of corrections) {
      const { value } = beside[vector]!;
      kernels.axpy(parameters.slice(0, trainable), coefficient, value.slice(0, trainable));
    }
  }

  /** A model beside the weights takes the mean of its own updates. */
  private moveModel({ name, divisor, buffersDivisor }: ModelStep): void {
    const { kernels } = this.memory;
    const { trainable, length } = this.layout;
    const { value, sum } = this.vectors.beside[name]!;
    kernels.axpy(value.slice(0, trainable), -1 / divisor, sum.slice(0, trainable));
    if (length === trainable || !(buffersDivisor > 0)) return;
    kernels.scale(sum.slice(trainable, length), 1 / buffersDivisor);
    foldStatistics(this.shared, value.view, sum.view, buffersDivisor, 'set');
  }

  private moveAverage(number: number): void {
    const { average, parameters } = this.vectors;
    if (!average) return;
    const keep = emaDecay(this.options.ema!, number);
    this.memory.kernels.lerp(average, keep, parameters, 1 - keep);
  }

  private part(phase: Phase): ServerPart {
    const part = this.optimizers.parts.find((one) => one.phase === phase);
    if (!part) throw new Error(`the step is of the ${phase}, which this model does not have`);
    return part;
  }
}
