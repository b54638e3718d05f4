import type { Wire } from '../../shared/job/wire-job.ts';
import { AVERAGE } from '../../shared/nn/optimizers/ema.ts';
import type { Model } from '../../shared/onnx/model.ts';
import { elementsOf } from '../../shared/onnx/stored-tensor.ts';
import { sizeOf } from '../../shared/onnx/tensor.ts';
import type { CodedSection } from '../../shared/parameters/codecs/section.ts';
import type {
  EncodingFault,
  SectionCodec,
  UpdateCodec,
} from '../../shared/parameters/codecs/update-codec.ts';
import type { Codec } from '../../shared/parameters/codecs.ts';
import type { ParameterLayout } from '../../shared/parameters/layout.ts';
import { type Vector, VectorMemory } from '../../shared/parameters/memory.ts';
import type { BlobId } from '../../shared/protocol/blob-id.ts';
import type { Holding } from '../holding.ts';
import type { ServerStep } from '../rounds/types.ts';
import type { CheckpointVector, OpenCheckpoint } from '../store/store.ts';
import { Aggregator, type UpdateSectionBytes } from './aggregator.ts';
import { type EncodedVector, Outgoing, type SentWeights } from './outgoing.ts';
import { ReferenceChain } from './reference-chain.ts';
import {
  type OptimizerJobs,
  optimizerVectors,
  planOptimizers,
  type ServerOptimizers,
} from './server-optimizers.ts';
import { Stepper, type StepperOptions } from './stepper.ts';
import { allocateVectors, type ServerVectors, vectorFloats, vectorOf } from './vectors.ts';

export interface ServerWeightsOptions extends OptimizerJobs, StepperOptions {
  readonly serverVectors: readonly string[];
  readonly incarnation: number;
  /** How weights and updates travel; as f32 when left out. */
  readonly wire?: Wire;
  /** Of what is random in the encoding of deltas; 0 when left out. */
  readonly seed?: number;
}

const PLAIN: Wire = { down: 'f32', up: { codec: 'f32' } };

export interface StepOutcome {
  /** False: the sums were not finite, and nothing was changed, or the new weights are not. */
  readonly finite: boolean;
  /** L2 norm of the aggregated gradient before clipping. */
  readonly norm: number;
}

/**
 * The server's weights and the three things that happen to them: updates are summed (`Aggregator`), a step makes the next version of the
 * sums (`Stepper`), and that is sent (`Outgoing`). All is in flat vectors of one memory: O(P), whatever the number of members.
 */
export class ServerWeights {
  private readonly vectors: ServerVectors;
  private readonly optimizers: ServerOptimizers;
  private readonly aggregator: Aggregator;
  private readonly stepper: Stepper;
  private readonly outgoing: Outgoing;

  constructor(
    readonly layout: ParameterLayout,
    options: ServerWeightsOptions,
  ) {
    const { serverVectors, local, incarnation, seed = 0, wire = PLAIN } = options;
    const averages = options.ema !== undefined;
    const { up, down, delta } = wire;
    const optimizers = planOptimizers(layout, options);
    const followed = delta ? 2 * (layout.length + 4) : 0;
    const floats = vectorFloats(layout, serverVectors, averages) + optimizers.floats + followed;
    const memory = VectorMemory.create(floats);
    this.vectors = allocateVectors(memory, layout, serverVectors, averages);
    this.optimizers = optimizers.allocate(memory);
    const vector = (): Vector => memory.allocate(layout.length);
    const chain =
      delta && new ReferenceChain(layout, vector(), vector(), { codec: delta, incarnation, seed });
    this.aggregator = new Aggregator(layout, this.vectors, up, local);
    this.stepper = new Stepper(layout, memory, this.vectors, this.optimizers, up.codec === 'vote', options);
    this.outgoing = new Outgoing(this.vectors, down, incarnation, chain);
  }

  /**
   * Takes the initial weights from the model's initializers.
   *
   * @param others of models that the strategy keeps beside the weights, by the name of their vector
   */
  initialize(model: Model, others: Readonly<Record<string, Model>> = {}): void {
    const { parameters, average } = this.vectors;
    this.take(parameters, model);
    for (const [name, other] of Object.entries(others)) this.take(vectorOf(this.vectors, name), other);
    if (average) average.memory.kernels.copy(average, parameters);
  }

  /** The weights, for export and checks: a view, valid until the next step. */
  get values(): Float32Array {
    return this.vectors.parameters.view;
  }

  /** Name of the weights that evaluation and export use: their moving average if the job keeps one. */
  get measured(): string {
    return this.vectors.average ? AVERAGE : 'parameters';
  }

  /** The weights that evaluation and export use: a view, valid until the next step. */
  get measuredValues(): Float32Array {
    return vectorOf(this.vectors, this.measured).view;
  }

  fits(name: string, bytes: number, codec: UpdateCodec): ReturnType<Aggregator['fits']> {
    return this.aggregator.fits(name, bytes, codec);
  }

  updateBytes(codec: UpdateCodec, others: SectionCodec): number {
    return this.aggregator.updateBytes(codec, others);
  }

  fault(section: CodedSection): EncodingFault | undefined {
    return this.aggregator.fault(section);
  }

  add(sections: readonly UpdateSectionBytes[], weight: number, buffersWeight: number): void {
    this.aggregator.add(sections, weight, buffersWeight);
  }

  /** Makes the next version of the sums, and clears them. Sums that are not finite change nothing. */
  step(step: ServerStep, optimizerStep: number): StepOutcome {
    const norm = this.stepper.step(step, optimizerStep);
    this.aggregator.clear();
    if (norm === undefined) return { finite: false, norm: Number.NaN };
    this.outgoing.age();
    const { parameters } = this.vectors;
    return { finite: parameters.memory.kernels.isFinite(parameters), norm };
  }

  /** Forgets what was added to the open window. */
  clear(): void {
    this.aggregator.clear();
  }

  encoded(codec: Codec, name = 'parameters'): EncodedVector {
    return this.outgoing.encoded(codec, name);
  }

  sent(name: string, holding: Holding): SentWeights {
    return this.outgoing.sent(name, holding);
  }

  find(id: BlobId): Uint8Array | undefined {
    return this.outgoing.find(id);
  }

  /** Copies of every vector that a resumed run needs. */
  snapshot(): CheckpointVector[] {
    return this.durable().map(([name, vector]) => ({ name, data: vector.view.slice() }));
  }

  /** @throws Error when the checkpoint does not fit the layout. */
  restore(vectors: OpenCheckpoint['vectors']): void {
    for (const [name, vector] of this.durable()) {
      const stored = vectors.get(name);
      const length = stored && sizeOf(stored.dims);
      if (!stored || length !== vector.length) {
        throw new Error(
          `the checkpoint's '${name}' has ${length ?? 'no'} values, this job needs ${vector.length}: it belongs to another job`,
        );
      }
      for (const { start, data } of elementsOf(stored)) vector.view.set(data as Float32Array, start);
    }
    this.clear();
    this.outgoing.restart();
  }

  private take(target: Vector, from: Model): void {
    for (const { name, offset } of this.layout.entries) {
      const tensor = from.graph.initializers.get(name);
      if (!tensor) throw new Error(`the model has no initial value for parameter '${name}'`);
      for (const { start, data } of elementsOf(tensor)) target.view.set(data as Float32Array, offset + start);
    }
  }

  private durable(): [string, Vector][] {
    const { parameters, average, beside } = this.vectors;
    return [
      ['parameters', parameters],
      ...(average ? [[AVERAGE, average] as [string, Vector]] : []),
      ...optimizerVectors(this.optimizers),
      ...Object.entries(beside).map(([name, { value }]): [string, Vector] => [`server.${name}`, value]),
    ];
  }
}
