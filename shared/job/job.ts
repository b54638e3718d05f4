import type { DataJob } from './data-job.ts';

export type { DataJob, TargetJob, TokenizerJob, TokensJob } from './data-job.ts';

import type { LossJob, SingleLossJob } from './loss-job.ts';
import type { OptimizerJob } from './optimizer-job.ts';
import type { ScheduleJob } from './schedule-job.ts';
import type { SimulationJob } from './simulation-schema.ts';
import type { StrategyJob } from './strategy-job.ts';
import type { WireJob } from './wire-job.ts';

export type { LossJob, OptimizerJob, ScheduleJob, SimulationJob, SingleLossJob, StrategyJob, WireJob };

/**
 * A job as the rest of the system sees it: validated, every default filled in. The YAML that people write is
 * described by `schema.ts`; this is what `parseJob` makes of it.
 */
export interface Job {
  readonly name: string;
  readonly data: DataJob;
  readonly model: ModelJob;
  readonly loss: LossJob;
  readonly optimizer: OptimizerJob;
  /** Of a GAN's discriminator; `optimizer` when left out. */
  readonly discriminatorOptimizer?: OptimizerJob | undefined;
  /** Clip the aggregated gradient to this L2 norm; undefined: not at all. */
  readonly clipNorm: number | undefined;
  readonly schedule: ScheduleJob;
  readonly strategy: StrategyJob;
  /** Exactly one of the two is set. */
  readonly epochs: number | undefined;
  readonly rounds: number | undefined;
  /** Global batch: examples of one optimizer step over all members (synchronous), or over all members' local steps. */
  readonly batch: number;
  /** How members save memory; undefined: not at all. */
  readonly memory?: MemoryJob | undefined;
  readonly seed: number;
  /** Encoding of weights and updates on the wire. */
  readonly wire: WireJob;
  readonly evaluate: EvaluateJob;
  /** Decay of an exponential moving average of the weights, which evaluation and export use; undefined: none. */
  readonly ema?: number | undefined;
  readonly earlyStopping:
    | { readonly metric: string; readonly patience: number; readonly minDelta: number }
    | undefined;
  readonly checkpoint: CheckpointJob;
  readonly members: MembersJob;
  /** Of data that members hold: virtual participants for `tributary simulate`; a real run pays no heed to it. */
  readonly simulation?: SimulationJob | undefined;
}

export interface MembersJob {
  readonly minimum: number;
  readonly assignment: 'equal' | 'by-speed';
  /** Who of the participants is asked in a round; everyone when undefined. */
  readonly selection?: SelectionJob | undefined;
}

export interface SelectionJob {
  /** How many are asked: a number, or a share of those who are there. */
  readonly participants: number;
  readonly policy: 'uniform' | 'weighted' | 'availability' | 'utility';
  /** So many times more are asked; the round closes when `participants` have answered. */
  readonly over: number;
  /** Seconds that a round waits at most, whatever was learned of the participants. */
  readonly deadline?: number | undefined;
}

export interface MemoryJob {
  /** Activations computed again for the gradients instead of kept, by block. */
  readonly recompute: 'off' | 'every-block' | 'auto';
  /** Examples that a member runs at once at most, auto: as many as its memory holds; their gradients are added up. */
  readonly microBatch?: number | 'auto' | undefined;
  /** Mixed precision on engines that have float16; emulated: also on those that would round as if they had. Else float32. */
  readonly precision?: 'mixed' | 'emulated' | undefined;
}

export type ModelJob =
  | { readonly kind: 'layers'; readonly layers: readonly LayerJob[] }
  | { readonly kind: 'named'; readonly name: string; readonly options: Readonly<Record<string, unknown>> }
  | OnnxModelJob
  | GanModelJob;

/** One of the two networks of a GAN. */
export type NetworkJob = Extract<ModelJob, { kind: 'layers' | 'named' }>;

/** Two networks that learn from each other. */
export interface GanModelJob {
  readonly kind: 'gan';
  /** Numbers that the generator makes an image of. */
  readonly latent: number;
  readonly generator: NetworkJob;
  readonly discriminator: NetworkJob;
}

/** A model file that is trained further. */
export interface OnnxModelJob {
  readonly kind: 'onnx';
  readonly path: string;
  /** What each input takes; one of several takes the features. */
  readonly inputs?: Readonly<Record<string, InputBinding>>;
  /** The output that is trained, of several. */
  readonly output?: string;
  /** Sizes of symbolic dimensions. */
  readonly dims?: Readonly<Record<string, number>>;
  /** Globs of the weights that train; all when left out. */
  readonly train?: readonly string[];
  /** Globs of weights that stay as they are. */
  readonly freeze?: readonly string[];
  /** `train` when left out. */
  readonly batchNorm?: 'train' | 'frozen';
  readonly head?: OnnxHeadJob;
  /** Of several targets, by their names: the output and the head of each. */
  readonly outputs?: Readonly<Record<string, OnnxOutputJob>>;
  readonly lora?: LoraJob;
}

/** Layers in place of what comes after a value: its name, its node's, or `last`. */
export interface OnnxHeadJob {
  readonly at: string;
  readonly layers: readonly LayerJob[];
}

/** Where a file says what one of several targets is. */
export interface OnnxOutputJob {
  /** The file's name of it; the target's when left out. */
  readonly output?: string;
  readonly head?: OnnxHeadJob;
}

/** What an input takes that the data do not hold. */
export type InputBinding =
  | { readonly kind: 'features' | 'ones' | 'zeros' | 'range' }
  | { readonly kind: 'not-padding'; readonly padding: number };

/** Low-rank adapters (Hu et al. 2021): y + alpha/rank · x A B beside frozen weights. */
export interface LoraJob {
  readonly rank: number;
  readonly alpha: number;
  readonly targets: readonly string[];
  readonly dropout: number;
  /** With a magnitude for each output (Liu et al. 2024). */
  readonly dora?: boolean;
}

/** One layer: its kebab-case type and its options, already checked against the layer's own schema. */
export interface LayerJob {
  readonly type: string;
  readonly options: Readonly<Record<string, unknown>>;
}

export interface EvaluateJob {
  /** In epochs, or in rounds. */
  readonly every: { readonly epochs: number } | { readonly rounds: number };
  /** Metrics beside those that every evaluation has. */
  readonly metrics?: readonly string[];
  /** Participants that evaluate on rows of their own each time. */
  readonly participants?: number;
  /** Epochs of training on a participant's own rows before the last evaluation there; dropped afterwards. */
  readonly fineTune?: number | undefined;
  /** Of a GAN: a classifier on whose features real and generated examples are compared. */
  readonly judge?: JudgeJob | undefined;
}

export interface JudgeJob {
  /** Path of an ONNX file. */
  readonly onnx: string;
  /** Name of the value that is compared; what the last dense layer takes when left out. */
  readonly features: string | undefined;
}

export interface CheckpointJob {
  /** Commit at least every so many rounds, or after so many seconds, whichever comes first. */
  readonly rounds: number;
  readonly seconds: number;
  /** Checkpoints kept: the last so many, and the best by this metric. */
  readonly keep: number;
  readonly best: string | undefined;
}
