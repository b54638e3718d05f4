/** Values to pixels, and the values that an axis shows. */
export interface Scale {
  readonly at: (value: number) => number;
  readonly ticks: readonly number[];
}

/** Linear, from a domain to a range of pixels; ticks are 1, 2 or 5 times a power of ten. */
export function linear(
  [low, high]: readonly [number, number],
  [from, to]: readonly [number, number],
  wanted = 5,
): Scale {
  const span = high - low || 1;
  const step = stepOf(span, wanted);
  const ticks: number[] = [];
  for (let index = Math.ceil(low / step - 1e-9); index * step <= low + span * (1 + 1e-9); index++) {
    ticks.push(Number((index * step).toPrecision(12)));
  }
  return { at: (value) => from + ((value - low) / span) * (to - from), ticks };
}

/** A domain that ends at ticks. */
export function rounded([low, high]: readonly [number, number], wanted = 5): readonly [number, number] {
  const step = stepOf(high - low || 1, wanted);
  return [step * Math.floor(low / step + 1e-9), step * Math.ceil(high / step - 1e-9)];
}

function stepOf(span: number, wanted: number): number {
  const rough = span / wanted;
  const power = 10 ** Math.floor(Math.log10(rough));
  return [1, 2, 5, 10].find((factor) => factor * power >= rough * 0.999)! * power;
}

/** Linear in the logarithm: equal ratios are equally far apart; ticks are powers of ten, or 1, 2 and 5 times them. */
export function logarithmic(
  [low, high]: readonly [number, number],
  [from, to]: readonly [number, number],
): Scale {
  const [start, span] = [Math.log10(low), Math.log10(high / low) || 1];
  const factors = span > 3 ? [1] : [1, 2, 5];
  const ticks: number[] = [];
  for (let power = Math.floor(start); power <= start + span; power++) {
    for (const factor of factors) {
      const tick = Number((factor * 10 ** power).toPrecision(3));
      if (tick >= low * 0.999 && tick <= high * 1.001) ticks.push(tick);
    }
  }
  return { at: (value) => from + ((Math.log10(value) - start) / span) * (to - from), ticks };
}
