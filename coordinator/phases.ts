/**
 * Where the time of a round goes, in milliseconds: each moment is counted once, so that the phases add up to the round.
 */
export interface RoundPhases {
  /** Members compute: the longest of the round; less, where transfers of others took the rest of it. */
  readonly compute: number;
  /** Members hold nothing, or wait for others. */
  readonly wait: number;
  /** Weights down and updates up, beyond computing. */
  readonly wire: number;
  readonly aggregate: number;
  readonly step: number;
  /** What nothing else went on beside: members mostly compute while a version is written. */
  readonly commit: number;
}

export const PHASES = ['compute', 'wait', 'wire', 'aggregate', 'step', 'commit'] as const;

/** Measures one round after the other. */
export class PhaseClock {
  private startedAt: number;
  private compute = 0;
  private wire = 0;
  private aggregate = 0;
  private step = 0;
  private commit = 0;
  private readonly sums: Record<keyof RoundPhases, number> = {
    compute: 0,
    wait: 0,
    wire: 0,
    aggregate: 0,
    step: 0,
    commit: 0,
  };

  constructor(private readonly now: () => number = () => performance.now()) {
    this.startedAt = this.now();
  }

  /** An update arrived: it was under way for `elapsedMs`, of which the member computed `computeMs`. */
  update(elapsedMs: number, computeMs: number): void {
    this.compute = Math.max(this.compute, Math.min(computeMs, elapsedMs));
    this.wire = Math.max(this.wire, Math.max(0, elapsedMs - computeMs));
  }

  time<Result>(phase: 'aggregate' | 'step', run: () => Result): Result {
    const startedAt = this.now();
    try {
      return run();
    } finally {
      this[phase] += this.now() - startedAt;
    }
  }

  /** Seconds by phase, over all rounds so far. */
  totals(): Readonly<Record<keyof RoundPhases, number>> {
    const seconds = { ...this.sums };
    for (const phase of PHASES) seconds[phase] /= 1000;
    return seconds;
  }

  committed(milliseconds: number): void {
    this.commit += milliseconds;
  }

  /** Ends the round and begins the next. */
  lap(): RoundPhases {
    const now = this.now();
    const { aggregate, step } = this;
    const beside = Math.max(0, now - this.startedAt - aggregate - step);
    // The longest computation and the longest transfer may be of two members, at the same time: they share what there is.
    const share = Math.min(1, beside / Math.max(this.compute + this.wire, Number.MIN_VALUE));
    const [compute, wire] = [this.compute * share, this.wire * share];
    const commit = Math.min(this.commit, Math.max(0, beside - compute - wire));
    const wait = Math.max(0, beside - compute - wire - commit);
    this.startedAt = now;
    this.compute = this.wire = this.aggregate = this.step = this.commit = 0;
    const phases = { compute, wait, wire, aggregate, step, commit };
    for (const phase of PHASES) this.sums[phase] += phases[phase];
    return phases;
  }
}
