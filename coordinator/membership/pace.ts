/**
 * How long a member takes, learned as TCP learns its retransmission time-out (Jacobson 1988, RFC 6298): a moving average and a
 * moving mean deviation, per example.
 */
export interface Pace {
  /** Examples a second while computing. */
  readonly speed: number;
  /** Milliseconds an example from handing out to the update's arrival. */
  readonly turnaround: number;
  readonly deviation: number;
  readonly samples: number;
}

const GAIN = 0.25;
/** A process that was stopped for an hour says little about its pace: one sample counts for at most so many times the average. */
const OUTLIER = 8;

/**
 * Folds one finished piece in. The first sample holds the loading of model and data as well, so the second one replaces it.
 *
 * @param elapsedMs from the assignment to the update
 * @param computeMs as the member says; the elapsed time when it says nothing usable
 */
export function observe(
  pace: Pace | null,
  examples: number,
  elapsedMs: number,
  computeMs: number,
): Pace | null {
  if (examples <= 0 || !(elapsedMs >= 0)) return pace;
  const usable = Number.isFinite(computeMs) && computeMs > 0;
  const speed = (1000 * examples) / Math.max(usable ? Math.min(computeMs, elapsedMs) : elapsedMs, 0.01);
  const turnaround = elapsedMs / examples;
  if (pace === null || pace.samples === 1) {
    return { speed, turnaround, deviation: turnaround / 2, samples: (pace?.samples ?? 0) + 1 };
  }
  const error = Math.min(turnaround, OUTLIER * pace.turnaround) - pace.turnaround;
  return {
    speed: pace.speed + GAIN * (speed - pace.speed),
    turnaround: pace.turnaround + GAIN * error,
    deviation: pace.deviation + GAIN * (Math.abs(error) - pace.deviation),
    samples: Math.min(pace.samples + 1, 1000),
  };
}

/** No deadline is nearer than this: a garbage collection or a busy disk is no reason to do work twice. */
export const FLOOR_MS = 2_000;
/** For a member of which nothing is known: it may have to load the model and its data first. */
export const STRANGER_FLOOR_MS = 15_000;
/** While nothing is known of anybody: a first step of a large model may take minutes, a member that hangs takes for ever. */
export const BLIND_PATIENCE_MS = 600_000;

/**
 * Milliseconds after which a piece is given to someone else as well. Generous: a spare copy costs work, patience only time.
 *
 * @param own the member's pace
 * @param others paces of the others, for a member of which nothing is known
 * @returns null when nothing is known of anybody
 */
export function allowance(own: Pace | null, others: () => readonly Pace[], examples: number): number | null {
  if (own !== null) {
    const floor = own.samples === 1 ? STRANGER_FLOOR_MS : FLOOR_MS;
    return Math.max(floor, examples * (3 * own.turnaround + 4 * own.deviation));
  }
  const known = others();
  if (known.length === 0) return null;
  const slowest = Math.max(...known.map((pace) => pace.turnaround + pace.deviation));
  return Math.max(STRANGER_FLOOR_MS, 5 * examples * slowest);
}
