/** What training makes small. */
export type LossJob = SingleLossJob | LossSumJob;

/** Of a model of several outputs: Σ weight · loss, each loss a mean over the batch (shared/programs/loss-sum.ts). */
export interface LossSumJob {
  readonly kind: 'sum';
  readonly terms: readonly {
    /** Name of the output, and of its target. */
    readonly output: string;
    readonly weight: number;
    readonly loss: Exclude<SingleLossJob, GanLossJob>;
  }[];
}

/** See the loss's own file in shared/nn/losses. */
export type SingleLossJob =
  | {
      readonly kind: 'cross-entropy';
      readonly weights: readonly number[] | undefined;
      readonly labelSmoothing: number;
      readonly ignore: number | undefined;
    }
  | { readonly kind: 'binary-cross-entropy'; readonly positiveWeight: number | undefined }
  | {
      readonly kind: 'ctc';
      /** Which of the model's outputs is the blank. */
      readonly blank: number;
    }
  | { readonly kind: 'mse' }
  | { readonly kind: 'mae' }
  | { readonly kind: 'huber'; readonly delta: number }
  | {
      readonly kind: 'focal';
      readonly gamma: number;
      /** A weight for each class; binary: of no and of yes. */
      readonly weights: readonly number[] | undefined;
    }
  | { readonly kind: 'dice'; readonly smooth: number }
  | { readonly kind: 'iou'; readonly smooth: number }
  | { readonly kind: 'hinge'; readonly margin: number; readonly squared: boolean }
  | { readonly kind: 'poisson' }
  | { readonly kind: 'quantile'; readonly quantile: number }
  | { readonly kind: 'log-cosh' }
  | { readonly kind: 'kl-divergence' }
  | { readonly kind: 'cosine' }
  | { readonly kind: 'triplet'; readonly margin: number }
  | { readonly kind: 'info-nce'; readonly temperature: number }
  | {
      readonly kind: 'variational';
      readonly reconstruction: 'mse' | 'binary-cross-entropy';
      readonly beta: number;
    }
  | GanLossJob;

/** What two networks play for (shared/nn/gan/losses.ts). */
export interface GanLossJob {
  readonly kind: 'gan';
  readonly objective: 'non-saturating' | 'wasserstein';
  /** Weight of (‖∇D(x̂)‖ - 1)²; 0: none. */
  readonly gradientPenalty: number;
  /** Steps of the discriminator for each step of the generator. */
  readonly criticSteps: number;
}
