import type { OptimizerJob } from '../shared/job/job.ts';
import type { ServerOptimizerJob } from '../shared/job/strategy-job.ts';
import type { Wire } from '../shared/job/wire-job.ts';
import { clipFactor } from '../shared/nn/optimizers/clip.ts';
import { createOptimizer } from '../shared/nn/optimizers/create.ts';
import { createServerOptimizer } from '../shared/nn/optimizers/create-server.ts';
import { AVERAGE, emaDecay } from '../shared/nn/optimizers/ema.ts';
import type { Optimizer } from '../shared/nn/optimizers/optimizer.ts';
import { allocateState, type OptimizerState, stateFloats } from '../shared/nn/optimizers/state.ts';
import type { Model } from '../shared/onnx/model.ts';
import { elementsOf } from '../shared/onnx/stored-tensor.ts';
import { isDense } from '../shared/parameters/codecs/dense.ts';
import {
  addSection,
  type CodedSection,
  sectionFault,
  sectionSize,
} from '../shared/parameters/codecs/section.ts';
import { type SectionParts, sectionParts } from '../shared/parameters/codecs/section-parts.ts';
import type { EncodingFault, SectionCodec, UpdateCodec } from '../shared/parameters/codecs/update-codec.ts';
import { addVotesOf, takeMajority } from '../shared/parameters/codecs/votes.ts';
import { type Codec, encode } from '../shared/parameters/codecs.ts';
import { matchingEntries } from '../shared/parameters/glob.ts';
import type { ParameterLayout } from '../shared/parameters/layout.ts';
import { type Vector, VectorMemory } from '../shared/parameters/memory.ts';
import { foldStatistics } from '../shared/programs/statistics.ts';
import { type BlobId, deltaId, versionedId } from '../shared/protocol/blob-id.ts';
import type { AssignmentMessage } from '../shared/protocol/messages.ts';
import type { Holding } from './holding.ts';
import { ReferenceChain } from './reference-chain.ts';
import type { ModelStep, Phase, ServerStep } from './rounds/types.ts';
import { allocateParts, partFloats, partsOf, type ServerPart } from './server-parts.ts';
import type { CheckpointVector } from './store/store.ts';

const AVERAGING: ServerOptimizerJob = { kind: 'sgd', momentum: 0, nesterov: false };

/** Weights as they are sent: encoded once per version, shared by all members. */
export interface EncodedVector {
  readonly id: BlobId;
  readonly bytes: Uint8Array;
}

/** The weights of an assignment: what it says of them, and the blobs that its member will want. */
export interface SentWeights {
  readonly message: Pick<AssignmentMessage, 'weights' | 'codec' | 'reference'>;
  readonly blobs: readonly BlobId[];
}

/** A vector of an update as it travelled. */
export interface UpdateSectionBytes extends CodedSection {
  readonly name: string;
}

const PLAIN: Wire = { down: 'f32', up: { codec: 'f32' } };

export interface StepOutcome {
  /** False: the sums were not finite, and nothing was changed. */
  readonly finite: boolean;
  /** L2 norm of the aggregated gradient before clipping. */
  readonly norm: number;
}

/**
 * The server's flat vectors: weights, the window's sums, optimizer state, the strategy's own vectors. Memory is O(P),
 * whatever the number of members.
 */
export class ServerWeights {
  private readonly memory: VectorMemory;
  private readonly parameters: Vector;
  private readonly sum: Vector;
  private readonly optimizer: Optimizer;
  private readonly outer: Optimizer;
  /** Moving average of the versions, if the job wants one. */
  private readonly average: Vector | undefined;
  private readonly slots: OptimizerState;
  private readonly parts: readonly ServerPart[];
  private readonly outerSlots: OptimizerState;
  /** The layout without what stays with the members. */
  private readonly shared: ParameterLayout;
  private readonly serverVectors: Readonly<Record<string, { readonly value: Vector; readonly sum: Vector }>>;
  private readonly up: Wire['up'];
  /** How updates are divided for the job's encoding, and for dense ones. */
  private readonly coded: SectionParts;
  private readonly dense: SectionParts;
  private readonly codec: Codec;
  /** What members hold, where the weights travel as deltas. */
  private readonly chain: ReferenceChain | undefined;
  /** Counts the versions of this life of the coordinator, for the ids of their encodings. */
  private number = 0;
  private encodings = new Map<string, EncodedVector>();
  private former = new Map<string, EncodedVector>();

  constructor(
    readonly layout: ParameterLayout,
    private readonly options: {
      readonly optimizer: OptimizerJob;
      /** Moves the weights by the mean change of members that trained by themselves; plain averaging when undefined. */
      readonly outer?: ServerOptimizerJob | undefined;
      /** Of a GAN: an optimizer for each network, in place of `optimizer`. */
      readonly parts?: Readonly<Record<Phase, OptimizerJob>>;
      readonly clipNorm: number | undefined;
      readonly serverVectors: readonly string[];
      /** Globs of parameters that stay with the members. */
      readonly local?: readonly string[] | undefined;
      /** Decay of the moving average of the weights; none when undefined. */
      readonly ema?: number | undefined;
      readonly incarnation: number;
      /** How weights and updates travel; as f32 when left out. */
      readonly wire?: Wire;
      /** Of what is random in the encoding of deltas; 0 when left out. */
      readonly seed?: number;
    },
  ) {
    const { up, down, delta } = options.wire ?? PLAIN;
    this.up = up;
    this.codec = down;
    this.coded = sectionParts(layout, this.up.codec, options.local);
    this.dense = sectionParts(layout, 'f32');
    const personal = new Set(matchingEntries(layout, options.local ?? []));
    // Members send nothing of their own statistics: folded in, that would be a mean and a variance of zero.
    this.shared = { ...layout, entries: layout.entries.filter((entry) => !personal.has(entry)) };
    this.optimizer = createOptimizer(options.optimizer);
    this.outer = createServerOptimizer(options.outer ?? AVERAGING);
    const count =
      2 + 2 * options.serverVectors.length + (options.ema === undefined ? 0 : 1) + (delta ? 2 : 0);
    const parts = options.parts ? partsOf(layout, options.parts) : [];
    const own = parts.length > 0 ? partFloats(parts) : stateFloats(this.optimizer, layout);
    const floats = own + stateFloats(this.outer, layout);
    this.memory = VectorMemory.create(count * (layout.length + 4) + floats);
    const vector = (): Vector => this.memory.allocate(layout.length);
    this.parameters = vector();
    this.sum = vector();
    this.average = options.ema === undefined ? undefined : vector();
    this.parts = allocateParts(this.memory, parts);
    this.slots =
      parts.length > 0 ? { slots: {}, vectors: {} } : allocateState(this.memory, this.optimizer, layout);
    this.outerSlots = allocateState(this.memory, this.outer, layout);
    this.serverVectors = Object.fromEntries(
      options.serverVectors.map((name) => [name, { value: vector(), sum: vector() }]),
    );
    const { incarnation, seed = 0 } = options;
    this.chain = delta && new ReferenceChain(layout, vector(), vector(), { codec: delta, incarnation, seed });
  }

  /**
   * Takes the initial weights from the model's initializers.
   *
   * @param others of models that the strategy keeps beside the weights, by the name of their vector
   */
  initialize(model: Model, others: Readonly<Record<string, Model>> = {}): void {
    const take = (target: Vector, from: Model): void => {
      for (const { name, offset } of this.layout.entries) {
        const tensor = from.graph.initializers.get(name);
        if (!tensor) throw new Error(`the model has no initial value for parameter '${name}'`);
        for (const { start, data } of elementsOf(tensor))
          target.view.set(data as Float32Array, offset + start);
      }
    };
    take(this.parameters, model);
    for (const [name, other] of Object.entries(others)) take(this.serverVectors[name]!.value, other);
    if (this.average) this.memory.kernels.copy(this.average, this.parameters);
  }

  /** The weights, for export and checks: a view, valid until the next step. */
  get values(): Float32Array {
    return this.parameters.view;
  }

  /** Whether an encoded section of so many bytes is one that is summed, in an encoding that may be asked for, and fits the layout. */
  fits(name: string, bytes: number, codec: UpdateCodec): 'ok' | 'unknown' | 'encoding' | 'size' {
    const isParameters = name === 'parameters';
    if (!isParameters && !Object.hasOwn(this.serverVectors, name)) return 'unknown';
    const quantized = isParameters ? this.up.codec : 'int8';
    if (!isDense(codec) && codec !== quantized) return 'encoding';
    return bytes === sectionSize(this.partsOf(codec), codec, this.up.share) ? 'ok' : 'size';
  }

  /**
   * The most that an update can take.
   *
   * @param codec of `parameters`
   * @param others of the other sections
   */
  updateBytes(codec: UpdateCodec, others: SectionCodec): number {
    const count = Object.keys(this.serverVectors).length;
    return (
      sectionSize(this.partsOf(codec), codec, this.up.share) +
      count * sectionSize(this.partsOf(others), others)
    );
  }

  /** What is wrong with a section that fits. */
  fault(section: CodedSection): EncodingFault | undefined {
    return sectionFault(this.sum, this.partsOf(section.codec), section, this.up.share);
  }

  /** sum += weight · update, buffers with their own weight. In a majority each member has one vote. */
  add(sections: readonly UpdateSectionBytes[], weight: number, buffersWeight: number): void {
    const voting = this.up.codec === 'vote';
    for (const { name, codec, bytes } of sections) {
      const sum = name === 'parameters' ? this.sum : this.serverVectors[name]?.sum;
      if (!sum) throw new Error(`the update has a section '${name}' that the strategy does not know`);
      const votes = voting && name === 'parameters';
      const { trainable } = this.layout;
      const weights = { coded: votes ? 1 : weight, exact: weight, buffers: buffersWeight, trainable };
      if (votes && isDense(codec)) addVotesOf(sum, this.coded, { codec, bytes }, weights);
      else addSection(sum, this.partsOf(codec), { codec, bytes }, weights);
    }
  }

  /**
   * Makes the next version of the sums, and clears them. Sums that are not finite change nothing.
   *
   * @param optimizerStep number of the step, from 1 (Adam's bias correction)
   */
  step(step: ServerStep, optimizerStep: number): StepOutcome {
    const { kernels } = this.memory;
    const { trainable, length } = this.layout;
    const part = step.part && this.part(step.part.phase);
    const gradient = part ? this.sum.slice(part.start, part.end) : this.sum.slice(0, trainable);
    // In float64, so that it is finite exactly when the gradient is: no pass of its own to find that out.
    let norm = Math.sqrt(kernels.sumOfSquares(gradient)) / step.divisor;
    const others = (step.models ?? []).map(({ name }) => this.serverVectors[name]!.sum);
    if (
      !Number.isFinite(norm) ||
      ![this.sum.slice(trainable, length), ...others].every((sum) => kernels.isFinite(sum))
    ) {
      this.clear();
      return { finite: false, norm: Number.NaN };
    }
    if (this.up.codec === 'vote') {
      takeMajority(gradient, step.divisor);
      norm = Math.sqrt(kernels.sumOfSquares(gradient)) / step.divisor;
    }
    // The mean and the clipping are factors of the optimizer's one pass.
    const gradientScale = clipFactor(norm, this.options.clipNorm) / step.divisor;
    const { learningRate } = step;
    if (part) {
      const parameters = this.parameters.slice(part.start, part.end);
      const number = step.part!.step;
      part.optimizer.step(this.memory, parameters, gradient, part.state.vectors, part.layout, {
        learningRate,
        gradientScale,
        step: number,
      });
    } else {
      const [optimizer, slots] =
        step.kind === 'gradient' ? [this.optimizer, this.slots] : [this.outer, this.outerSlots];
      optimizer.step(this.memory, this.parameters, this.sum, slots.vectors, this.layout, {
        learningRate,
        gradientScale,
        step: optimizerStep,
      });
    }
    if (length > trainable && step.buffersDivisor > 0) {
      kernels.scale(this.sum.slice(trainable, length), 1 / step.buffersDivisor);
      foldStatistics(
        part?.own ?? this.shared,
        this.parameters.view,
        this.sum.view,
        step.buffersDivisor,
        step.buffers,
      );
    }
    this.moveVectors(step, trainable);
    for (const model of step.models ?? []) this.moveModel(model);
    if (this.average) {
      const keep = emaDecay(this.options.ema!, optimizerStep);
      kernels.lerp(this.average, keep, this.parameters, 1 - keep);
    }
    this.clear();
    this.age();
    return { finite: kernels.isFinite(this.parameters), norm };
  }

  private moveVectors({ vectors, corrections = [] }: ServerStep, trainable: number): void {
    const { kernels } = this.memory;
    for (const { name, scale, from } of vectors) {
      const vector = this.serverVectors[name]!;
      if (from === 'parameters')
        kernels.axpy(vector.value.slice(0, trainable), scale, this.sum.slice(0, trainable));
      else kernels.axpy(vector.value, scale, vector.sum);
    }
    for (const { vector, coefficient } of corrections) {
      const { value } = this.serverVectors[vector]!;
      kernels.axpy(this.parameters.slice(0, trainable), coefficient, value.slice(0, trainable));
    }
  }

  /** A model beside the weights takes the mean of its own updates. */
  private moveModel({ name, divisor, buffersDivisor }: ModelStep): void {
    const { kernels } = this.memory;
    const { trainable, length } = this.layout;
    const { value, sum } = this.serverVectors[name]!;
    kernels.axpy(value.slice(0, trainable), -1 / divisor, sum.slice(0, trainable));
    if (length === trainable || !(buffersDivisor > 0)) return;
    kernels.scale(sum.slice(trainable, length), 1 / buffersDivisor);
    foldStatistics(this.shared, value.view, sum.view, buffersDivisor, 'set');
  }

  /** Forgets what was added to the open window. */
  clear(): void {
    this.memory.kernels.fill(this.sum, 0);
    for (const { sum } of Object.values(this.serverVectors)) this.memory.kernels.fill(sum, 0);
  }

  /** The current weights, or a server vector, as they travel. */
  encoded(codec: Codec, name = 'parameters'): EncodedVector {
    const key = `${name}/${codec}`;
    let encoding = this.encodings.get(key);
    if (!encoding) {
      const vector = this.vector(name);
      const bytes = encode(vector, codec);
      encoding = { bytes, id: versionedId(this.options.incarnation, this.number, name, codec) };
      this.encodings.set(key, encoding);
    }
    return encoding;
  }

  /**
   * The weights that a member starts from. Where they travel as deltas, those are what members hold: to train from, and to measure,
   * which then costs no download of its own. The coordinator's own member measures the weights themselves.
   *
   * @param name `parameters`, or of the vector that is measured in their place
   */
  sent(name: string, holding: Holding): SentWeights {
    const { chain, codec } = this;
    if (!chain || name !== 'parameters' || holding.sent === 'exact') {
      const { id } = this.encoded(codec, name);
      return { message: { weights: id, codec }, blobs: [id] };
    }
    chain.follow(this.parameters, this.number);
    const weights = chain.id;
    if (holding.sent === 'whole') return { message: { weights, codec }, blobs: [weights] };
    const steps = chain.since(holding.id);
    const reference = { codec: chain.codec, bases: (steps ?? []).map(({ base }) => base) };
    return { message: { weights, codec, reference }, blobs: steps?.map(deltaId) ?? [weights] };
  }

  /** Copies of every vector that a resumed run needs. */
  snapshot(): CheckpointVector[] {
    return this.durable().map(([name, vector]) => ({ name, data: vector.view.slice() }));
  }

  /** @throws Error when the checkpoint does not fit the layout. */
  restore(vectors: readonly CheckpointVector[]): void {
    const stored = new Map(vectors.map((vector) => [vector.name, vector.data]));
    for (const [name, vector] of this.durable()) {
      const data = stored.get(name);
      if (data?.length !== vector.length) {
        throw new Error(
          `the checkpoint's '${name}' has ${data?.length ?? 'no'} values, this job needs ${vector.length}: it belongs to another job`,
        );
      }
      vector.view.set(data);
    }
    this.clear();
    this.age();
    this.chain?.restart();
  }

  /** Encoded bytes by id: of the current version, or of the one before, which a member may still be fetching. */
  find(id: BlobId): Uint8Array | undefined {
    for (const generation of [this.encodings, this.former]) {
      for (const encoding of generation.values()) if (encoding.id === id) return encoding.bytes;
    }
    return this.chain?.find(id);
  }

  /** Name of the weights that evaluation and export use: their moving average if the job keeps one. */
  get measured(): string {
    return this.average ? AVERAGE : 'parameters';
  }

  /** The weights that evaluation and export use: a view, valid until the next step. */
  get measuredValues(): Float32Array {
    return this.vector(this.measured).view;
  }

  private partsOf(codec: UpdateCodec): SectionParts {
    return isDense(codec) ? this.dense : this.coded;
  }

  private part(phase: Phase): ServerPart {
    const part = this.parts.find((one) => one.phase === phase);
    if (!part) throw new Error(`the step is of the ${phase}, which this model does not have`);
    return part;
  }

  private vector(name: string): Vector {
    if (name === 'parameters') return this.parameters;
    return name === AVERAGE && this.average ? this.average : this.serverVectors[name]!.value;
  }

  private age(): void {
    this.number += 1;
    this.former = this.encodings;
    this.encodings = new Map();
  }

  private durable(): [string, Vector][] {
    const prefixed = (prefix: string, vectors: Readonly<Record<string, Vector>>): [string, Vector][] =>
      Object.entries(vectors).map(([name, vector]) => [`${prefix}.${name}`, vector]);
    return [
      ['parameters', this.parameters],
      ...(this.average ? [[AVERAGE, this.average] as [string, Vector]] : []),
      ...prefixed('optimizer', this.slots.slots),
      ...this.parts.flatMap(({ phase, state }) => prefixed(`optimizer.${phase}`, state.slots)),
      ...prefixed('outer', this.outerSlots.slots),
      ...Object.entries(this.serverVectors).map(([name, { value }]): [string, Vector] => [
        `server.${name}`,
        value,
      ]),
    ];
  }
}
