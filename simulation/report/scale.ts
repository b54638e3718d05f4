/** Values to pixels, and the values that an axis shows. */
export interface Scale {
  readonly at: (value: number) => number;
  readonly ticks: readonly number[];
}

/** Values closer together than this share of their size are one value: ticks between them would not differ as numbers. */
const SAME = 1e-9;

/** Nothing but one value, as far as an axis can tell. */
export function isConstant([low, high]: readonly [number, number]): boolean {
  return high - low <= SAME * Math.max(Math.abs(low), Math.abs(high));
}

interface LinearOptions {
  readonly wanted?: number;
  /** Ticks at whole numbers alone, as of things that are counted. */
  readonly whole?: boolean | undefined;
}

/** Linear, from a domain to a range of pixels; ticks are 1, 2 or 5 times a power of ten. */
export function linear(
  domain: readonly [number, number],
  [from, to]: readonly [number, number],
  { wanted = 5, whole = false }: LinearOptions = {},
): Scale {
  const [low] = domain;
  const span = spanOf(domain);
  const step = Math.max(stepOf(span, wanted), whole ? 1 : 0);
  const first = Math.ceil(low / step - 1e-9);
  const ticks: number[] = [];
  for (let at = 0; at <= wanted + 1 && (first + at) * step <= low + span * (1 + 1e-9); at++) {
    ticks.push(Number(((first + at) * step).toPrecision(12)));
  }
  return { at: (value) => from + ((value - low) / span) * (to - from), ticks };
}

/** A domain that ends at ticks. */
export function rounded(domain: readonly [number, number], wanted = 5): readonly [number, number] {
  const [low, high] = domain;
  const step = stepOf(spanOf(domain), wanted);
  return [step * Math.floor(low / step + 1e-9), step * Math.ceil(high / step - 1e-9)];
}

/** Of one value: a tenth of its size, so that the steps are ones that it can be counted in. */
function spanOf(domain: readonly [number, number]): number {
  const [low, high] = domain;
  return isConstant(domain) ? Math.abs(low) / 10 || 1 : high - low;
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
