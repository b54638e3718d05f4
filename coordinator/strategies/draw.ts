/** Fisher and Yates. */
export function sample<T>(from: readonly T[], count: number, random: () => number): readonly T[] {
  const shuffled = from.slice();
  const most = Math.min(count, shuffled.length);
  for (let i = 0; i < most; i++) {
    const j = i + Math.floor(random() * (shuffled.length - i));
    [shuffled[i], shuffled[j]] = [shuffled[j] as T, shuffled[i] as T];
  }
  return shuffled.slice(0, most);
}

/** Without replacement, in proportion to the weights (Efraimidis and Spirakis 2006): the largest u^(1/w), which is log(u)/w. */
export function drawWeighted<T>(
  from: readonly T[],
  count: number,
  weightOf: (candidate: T) => number,
  random: () => number,
): readonly T[] {
  return from
    .map((candidate) => {
      const weight = weightOf(candidate);
      return { candidate, key: weight > 0 ? Math.log(1 - random()) / weight : Number.NEGATIVE_INFINITY };
    })
    .sort((a, b) => b.key - a.key)
    .slice(0, count)
    .map(({ candidate }) => candidate);
}
