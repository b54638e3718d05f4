import type { ClassPicture } from './class-sections.ts';

/** A round of a simulated run, as its picture shows it. */
export interface RoundPoint {
  readonly round: number;
  /** Since the run began, on the virtual clock and on a real one. */
  readonly virtualMs: number;
  readonly wallMs: number;
  /** By name; empty where the round was not evaluated. */
  readonly metrics: Readonly<Record<string, number>>;
  /** All that the coordinator sent to clients and received from them since the round before. */
  readonly bytes: { readonly sent: number; readonly received: number };
  /** Clients whose update counted, and those whose work was lost. */
  readonly participants: number;
  readonly dropped: number;
}

/** What is drawn of a run. */
export interface RunPicture {
  readonly title: string;
  /** What was run, in words: `FedAvg, 1,000 clients, 10 a round`. */
  readonly how: string;
  /** In order. */
  readonly rounds: readonly RoundPoint[];
  /** Of the whole run: what came before its first round and after its last one too. */
  readonly totals: {
    readonly virtualMs: number;
    readonly wallMs: number;
    /** Pieces of work that participants gave up. */
    readonly dropouts: number;
    readonly bytes: { readonly sent: number; readonly received: number };
  };
  /** How classes fared in the last evaluation, by output. */
  readonly classes?: readonly ClassPicture[];
  /** A metric of every client in the end; NaN for one without rows. */
  readonly perClient?: {
    readonly metric: string;
    readonly higherIsBetter: boolean;
    readonly values: ArrayLike<number>;
  };
}

/**
 * Mean of the metric over the tenth of clients for whom it is worst (at least one): how fair a model is, as in Li et al. 2020,
 * "Fair resource allocation in federated learning". NaN without values.
 */
export function worstDecile(values: ArrayLike<number>, higherIsBetter: boolean): number {
  const sorted = Float64Array.from(values).filter(Number.isFinite).sort();
  if (!higherIsBetter) sorted.reverse();
  const worst = sorted.subarray(0, Math.ceil(sorted.length / 10));
  return worst.reduce((sum, value) => sum + value, 0) / worst.length;
}
