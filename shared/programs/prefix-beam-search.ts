/** A label as numbers of outputs, and the logarithm of the probability of all ways through the steps that say it. */
export interface Reading {
  readonly outputs: readonly number[];
  readonly logProbability: number;
}

/** A beginning of labels: one for each, however it is come to. */
interface Prefix {
  readonly before: Prefix | undefined;
  readonly last: number;
  /** By the symbol that comes next. */
  readonly next: Map<number, Prefix>;
}

/** Probabilities of the ways to a prefix so far: those that end in a blank, and those that end in its last symbol. */
interface Ways {
  blank: number;
  symbol: number;
}

type Kept = readonly [prefix: Prefix, ways: Ways];

/**
 * The most probable labels (prefix search: Graves et al., ICML 2006; along the steps with a beam: Hannun et al., arXiv:1408.2873,
 * without a language model). Where the best path takes the most probable way, this adds up ways that say the same. Of each step
 * the `beams` most probable prefixes are kept; the labels that are left have the probability of all their ways in the end, those of
 * which a part was dropped in between, too.
 *
 * @param steps [steps, outputs]: probabilities; of a step they add up to 1
 * @returns at most `beams` labels, the most probable first
 */
export function prefixBeamSearch(
  steps: ArrayLike<number>,
  outputs: number,
  blank: number,
  beams: number,
): readonly Reading[] {
  const nothing: Prefix = { before: undefined, last: blank, next: new Map() };
  let kept: readonly Kept[] = [[nothing, { blank: 1, symbol: 0 }]];
  for (let start = 0; start + outputs <= steps.length; start += outputs) {
    const step = Array.from({ length: outputs }, (_, output) => steps[start + output]!);
    kept = mostProbable(advance(kept, step, blank), beams);
  }
  return kept
    .map(([prefix]) => symbolsOf(prefix))
    .map((label) => ({ outputs: label, logProbability: logProbabilityOf(steps, outputs, blank, label) }))
    .sort((a, b) => b.logProbability - a.logProbability);
}

/** One step on. Prefixes that were known, and those that are one symbol longer. */
function advance(kept: readonly Kept[], step: readonly number[], blank: number): Kept[] {
  const known = new Map<Prefix, Ways>();
  const waysTo = (prefix: Prefix): Ways => {
    const ways = known.get(prefix) ?? { blank: 0, symbol: 0 };
    known.set(prefix, ways);
    return ways;
  };
  const longer: Kept[] = [];
  for (const [prefix, ways] of kept) {
    const all = ways.blank + ways.symbol;
    const same = waysTo(prefix);
    same.blank += all * step[blank]!;
    if (prefix.before) same.symbol += ways.symbol * step[prefix.last]!;
    for (const [output, probability] of step.entries()) {
      // The same symbol once more is another one only behind a blank.
      const from = prefix.before && output === prefix.last ? ways.blank : all;
      const symbol = output === blank ? 0 : from * probability;
      if (symbol === 0) continue;
      const child = prefix.next.get(output);
      if (child) waysTo(child).symbol += symbol;
      else
        longer.push([
          { before: prefix, last: output, next: new Map() },
          { blank: 0, symbol },
        ]);
    }
  }
  return [...known, ...longer];
}

/** They have 1 together: their products would vanish in many steps, and only their order counts. */
function mostProbable(found: readonly Kept[], beams: number): Kept[] {
  const totalOf = ({ blank, symbol }: Ways): number => blank + symbol;
  const best = found
    .filter(([, ways]) => totalOf(ways) > 0)
    .sort(([, a], [, b]) => totalOf(b) - totalOf(a))
    .slice(0, beams);
  // Only those that were kept once are known to the prefixes before them: memory grows with the beams, not with the outputs.
  for (const [prefix] of best) prefix.before?.next.set(prefix.last, prefix);
  const total = best.reduce((sum, [, ways]) => sum + totalOf(ways), 0);
  return best.map(([prefix, ways]) => [prefix, { blank: ways.blank / total, symbol: ways.symbol / total }]);
}

function symbolsOf(prefix: Prefix): number[] {
  const symbols: number[] = [];
  for (let at = prefix; at.before; at = at.before) symbols.push(at.last);
  return symbols.reverse();
}

/**
 * The logarithm of the probability of all ways through the steps that say a label: the recursion of the loss (losses/ctc.ts)
 * forwards, scaled at each step.
 */
function logProbabilityOf(
  steps: ArrayLike<number>,
  outputs: number,
  blank: number,
  label: readonly number[],
): number {
  const states = [blank, ...label.flatMap((output) => [output, blank])];
  let alpha: number[] = states.map((_, state) => (state === 0 ? 1 : 0));
  let logarithm = 0;
  for (let start = 0; start + outputs <= steps.length; start += outputs) {
    const isFirst = start === 0;
    alpha = states.map((output, state) => {
      const maySkip = output !== blank && output !== states[state - 2];
      const before = isFirst
        ? Number(state < 2)
        : alpha[state]! + (alpha[state - 1] ?? 0) + (maySkip ? (alpha[state - 2] ?? 0) : 0);
      return before * steps[start + output]!;
    });
    const total = alpha.reduce((a, b) => a + b);
    if (total === 0) return Number.NEGATIVE_INFINITY;
    logarithm += Math.log(total);
    alpha = alpha.map((value) => value / total);
  }
  return logarithm + Math.log(alpha.slice(-2).reduce((a, b) => a + b));
}
