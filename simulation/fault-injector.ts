import type { Random } from '../shared/parameters/random.ts';

/** How likely each fault is at each chance for it, and how many there may be in all: afterwards the world is kind. */
export interface FaultRates {
  /** A member's process dies when it gets work. */
  readonly crash: number;
  /** A member's process is stopped when it gets work, and goes on later as if nothing had been. */
  readonly freeze: number;
  /** A member is stopped for a day, and its connection stays. */
  readonly hang: number;
  /** A member's process dies, and comes back after a day. */
  readonly vanish: number;
  /** A message arrives twice. */
  readonly duplicate: number;
  /** A member says that it could not do its work. */
  readonly failure: number;
  /** A member's update does not cover the work. */
  readonly lie: number;
  /** A member leaves politely when it gets work, and comes back later. */
  readonly leave: number;
  /** The coordinator dies after an event. */
  readonly coordinatorCrash: number;
  /** The coordinator is stopped politely after an event, and resumed. */
  readonly stop: number;
  readonly budget: number;
}

export type Fault = Exclude<keyof FaultRates, 'budget'>;

/** Draws faults and delays from one seeded stream, so that a run with faults is as reproducible as one without. */
export class FaultInjector {
  readonly counts: Partial<Record<Fault, number>> = {};
  private left: number;

  constructor(
    private readonly random: Random,
    private readonly rates: FaultRates,
  ) {
    this.left = rates.budget;
  }

  /** Whether this fault happens here. */
  strikes(fault: Fault): boolean {
    if (this.random.next() >= this.rates[fault] || this.left <= 0) return false;
    this.left--;
    this.counts[fault] = (this.counts[fault] ?? 0) + 1;
    return true;
  }

  /** Milliseconds, mostly short, sometimes long enough to overtake and to be overtaken. */
  delay(): number {
    const draw = this.random.next();
    return draw < 0.9 ? 1 + 20 * draw : 5_000 * (draw - 0.9);
  }

  /** Milliseconds from `least` to `most`, short ones more often. */
  between(least: number, most: number): number {
    return least + (most - least) * this.random.next() ** 2;
  }

  chance(probability: number): boolean {
    return this.random.next() < probability;
  }
}
