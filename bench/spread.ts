/** A figure that was measured several times. */
export interface Spread {
  readonly median: number;
  readonly minimum: number;
  readonly maximum: number;
  /** Quartiles: half of the samples lie between them. */
  readonly lower: number;
  readonly upper: number;
  readonly samples: number;
}

/** @throws RangeError without a sample: a figure that was not measured must not look like one. */
export function spreadOf(samples: readonly number[]): Spread {
  if (samples.length === 0) throw new RangeError('There is no sample to take a median of.');
  const sorted = [...samples].sort((a, b) => a - b);
  const at = (share: number): number => {
    const place = share * (sorted.length - 1);
    const below = sorted[Math.floor(place)]!;
    return below + (sorted[Math.ceil(place)]! - below) * (place - Math.floor(place));
  };
  return {
    median: at(0.5),
    minimum: sorted[0]!,
    maximum: sorted.at(-1)!,
    lower: at(0.25),
    upper: at(0.75),
    samples: sorted.length,
  };
}
