import type { OutputResults } from '../shared/nn/metrics/class-results.ts';
import type { RoundPhases } from './phases.ts';
import type { DiscardReason, FinishReason, MemberDescription, RoundReport } from './rounds/types.ts';

/** A member as people see it. */
export interface MemberView extends MemberDescription {
  readonly connected: boolean;
  /** Examples a second over its last assignment. */
  readonly speed: number;
}

export interface Traffic {
  readonly sent: number;
  readonly received: number;
}

/** What a coordinator tells whoever watches it. */
export type CoordinatorEvents = {
  member: [member: MemberView];
  /** Members left, or too few: why the run stands still. */
  waiting: [reason: string];
  /** What may keep the run from doing what the job says. */
  warning: [message: string];
  round: [
    report: RoundReport & {
      readonly phases: RoundPhases;
      readonly traffic: Traffic;
      readonly gradientNorm: number;
    },
  ];
  evaluated: [
    evaluation: {
      readonly version: number;
      readonly round: number;
      readonly epoch: number;
      readonly metrics: Readonly<Record<string, number>>;
      readonly sums: Readonly<Record<string, number>>;
      readonly examples: number;
      /** How classes fared, for each output that has some. */
      readonly classes: readonly OutputResults[];
    },
  ];
  committed: [commit: { readonly version: number; readonly round: number; readonly milliseconds: number }];
  /** What became of an update: added, or why not. */
  update: [status: 'added' | DiscardReason];
  finished: [outcome: Outcome];
};

export interface Outcome {
  readonly reason: FinishReason;
  readonly message: string;
}
