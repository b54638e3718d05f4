import type { Plateau } from '../../shared/nn/schedules/plateau.ts';
import type { Strategy } from '../strategies/strategy.ts';
import type { Cursor } from './types.ts';

/** What a run is to do. Everything but `incarnation` and `resume` is the same in every life of the run. */
export interface RoundConfig {
  readonly run: string;
  /** Life of the coordinator, one more at each start: an assignment's id begins with it, so that none is ever used twice. */
  readonly incarnation: number;
  readonly strategy: Strategy;
  /** Rows of the training split; 0 where members train on rows of their own. */
  readonly examples: number;
  /** Members train on rows of their own. */
  readonly federated?: FederatedConfig;
  /** Members remember something from round to round, and each piece of their work goes on from what the one before left. */
  readonly remembers?: boolean;
  /** Rows of the held-out split; 0: nothing is evaluated. */
  readonly testExamples: number;
  /** Global batch, in examples. */
  readonly batch: number;
  /** Exactly one of the two is set. */
  readonly epochs: number | undefined;
  readonly rounds: number | undefined;
  readonly evaluateEvery: { readonly epochs: number } | { readonly rounds: number };
  /** Commit after so many rounds or seconds, whichever comes first; with `rounds: 1` no round begins before the last is durable. */
  readonly commitEvery: { readonly rounds: number; readonly seconds: number };
  readonly minimumMembers: number;
  readonly assignment: 'equal' | 'by-speed';
  readonly earlyStopping:
    | { readonly metric: string; readonly patience: number; readonly minDelta: number }
    | undefined;
  /** The schedule; `step` counts global batches from 0, `scale` is a plateau's. */
  readonly learningRateAt: (step: number, scale?: number) => number;
  /** A plateau schedule's state after one more evaluation; undefined for schedules that look at steps alone. */
  readonly plateauAfter?: (state: Plateau, metrics: Readonly<Record<string, number>>) => Plateau;
  readonly seed: number;
  /** Named metrics of an evaluation's sums; those of `shared/nn/metrics` when undefined. */
  readonly metricsOf?: (sums: Readonly<Record<string, number>>) => Readonly<Record<string, number>>;
  /** From the last commit: its `CommitSnapshot`, or the checkpoint that was made of it. */
  readonly resume?: ResumePoint;
}

export interface FederatedConfig {
  /** Participants that evaluate on rows of their own, each time; 0: none does. */
  readonly evaluating: number;
  /** The metric whose worst decile over participants is shown. */
  readonly fairness: string;
  /** Training on the participant's own rows before the last evaluation, which is dropped afterwards. */
  readonly fineTune?: { readonly epochs: number; readonly batch: number };
}

export interface ResumePoint {
  readonly version: number;
  readonly round: number;
  readonly cursor: Cursor;
  readonly optimizerSteps: number;
  readonly random: string;
  readonly state: unknown;
}

/** @throws RangeError for a configuration that cannot run. */
export function checkConfig(config: RoundConfig): void {
  const positive = {
    ...(config.federated === undefined && { examples: config.examples }),
    batch: config.batch,
    minimumMembers: config.minimumMembers,
    'commitEvery.rounds': config.commitEvery.rounds,
  };
  for (const [name, value] of Object.entries(positive)) {
    if (!Number.isInteger(value) || value < 1) {
      throw new RangeError(`${name} is ${value}: a run needs a whole number of at least 1`);
    }
  }
  if (config.federated !== undefined && config.rounds === undefined) {
    throw new RangeError(
      'a federated run is counted in rounds: nobody knows when everyone has seen all rows',
    );
  }
  if ((config.epochs === undefined) === (config.rounds === undefined)) {
    throw new RangeError('a run needs either epochs or rounds, and not both');
  }
}
