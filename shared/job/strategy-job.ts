/** How members train together, as the job says it; see the strategy's own file in coordinator/strategies. */

/** Passes over a participant's own rows in a round: a number, or one that goes evenly from `start` to `end` over the run's rounds. */
export type EpochsJob = number | { readonly start: number; readonly end: number };

/** What a participant does in a round on rows of its own. */
export interface OwnTrainingJob {
  /** 1 when neither it nor `steps` is set. */
  readonly epochs?: EpochsJob | undefined;
  /** Optimizer steps at most. */
  readonly steps?: number | undefined;
  /** `by-speed`: who is slower than most takes fewer steps. `equal` when left out. */
  readonly work?: 'equal' | 'by-speed' | undefined;
}

/** Rates and moments of the coordinator's optimizer, over the mean change of the members. */
export type ServerOptimizerJob =
  | { readonly kind: 'sgd'; readonly momentum: number; readonly nesterov: boolean }
  | AdaptiveServerJob;

/** FedAdagrad, FedAdam, FedYogi. */
export interface AdaptiveServerJob {
  readonly kind: 'fedadagrad' | 'fedadam' | 'fedyogi';
  readonly beta1: number;
  /** Not of FedAdagrad. */
  readonly beta2?: number | undefined;
  readonly tau: number;
}

/** What stays with the member: names of parameters (globs), or the last layer. */
export type LocalJob = 'last-layer' | readonly string[];

/** For data that the coordinator deals out `steps` must be set, and `epochs` must not. */
type EitherTraining = OwnTrainingJob;

export type StrategyJob =
  | { readonly kind: 'synchronous' }
  /** Local SGD (outer: SGD, rate 1) and DiLoCo (outer: Nesterov). `steps` is H. */
  | {
      readonly kind: 'local-steps';
      readonly steps: number;
      readonly outer: {
        readonly learningRate: number;
        readonly momentum: number;
        readonly nesterov: boolean;
      };
    }
  | (EitherTraining & { readonly kind: 'fedbuff'; readonly updates: number; readonly learningRate: number })
  | (EitherTraining & {
      readonly kind: 'scaffold';
      readonly learningRate: number;
      readonly population?: number | undefined;
    })
  | (EitherTraining & { readonly kind: 'fedbn' })
  | (OwnTrainingJob & { readonly kind: 'fedavg' })
  | { readonly kind: 'fedsgd' }
  | (OwnTrainingJob & { readonly kind: 'fedprox'; readonly mu: number })
  | (OwnTrainingJob & {
      readonly kind: 'fedavgm';
      readonly learningRate: number;
      readonly momentum: number;
      readonly nesterov: boolean;
    })
  | (OwnTrainingJob & AdaptiveServerJob & { readonly learningRate: number })
  | (OwnTrainingJob & { readonly kind: 'fednova'; readonly learningRate: number; readonly mu: number })
  | (OwnTrainingJob & {
      readonly kind: 'feddyn';
      readonly alpha: number;
      readonly population?: number | undefined;
    })
  | (OwnTrainingJob & { readonly kind: 'q-fedavg'; readonly q: number })
  | (OwnTrainingJob & { readonly kind: 'fedper'; readonly local: LocalJob })
  | (OwnTrainingJob & {
      readonly kind: 'fedrep';
      readonly local: LocalJob;
      readonly personalEpochs: number;
    })
  | (OwnTrainingJob & {
      readonly kind: 'ditto';
      readonly lambda: number;
      readonly personalEpochs?: number | undefined;
    })
  | (OwnTrainingJob & { readonly kind: 'ifca'; readonly clusters: number })
  /** A user's own: a compiled ES module beside the job file. */
  | {
      readonly kind: 'module';
      readonly path: string;
      readonly options: Readonly<Record<string, unknown>>;
    };
