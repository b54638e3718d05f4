import { distance } from 'fastest-levenshtein';

/**
 * How much of the labels is misread: symbols to insert, delete or replace, at the least (Levenshtein), to make the labels of what was
 * read, divided by the labels' symbols. The sums of both over all rows, as in training.
 *
 * @returns undefined where no label has a symbol
 */
export function labelErrorRate(
  pairs: readonly { readonly read: string; readonly label: string }[],
): number | undefined {
  // The library compares UTF-16 units: each symbol becomes one.
  const units = new Map<string, string>();
  const coded = (text: string): string =>
    Array.from(text, (symbol) => {
      const unit = units.get(symbol) ?? String.fromCharCode(units.size);
      units.set(symbol, unit);
      return unit;
    }).join('');
  let [wrong, symbols] = [0, 0];
  for (const { read, label } of pairs) {
    const wanted = coded(label);
    wrong += distance(coded(read), wanted);
    symbols += wanted.length;
  }
  return symbols === 0 ? undefined : wrong / symbols;
}
