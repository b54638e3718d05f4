import { pairKey } from './merge-pairs.ts';

/** A word of the training text as token ids, and how often it is there. */
interface Word {
  symbols: number[];
  readonly count: number;
}

/**
 * Learns merges (Sennrich, Haddow and Birch 2016): again and again the most frequent pair of neighbours becomes one token, of
 * equally frequent ones that of the lowest ids. Counts are kept up to date word by word, not counted anew.
 *
 * @param words how often each word is there, in the characters of `alphabet`
 * @param alphabet the first tokens, by id
 * @param size tokens wanted in all; fewer when no pair is left that is there twice
 */
export function trainPairs(
  words: ReadonlyMap<string, number>,
  alphabet: readonly string[],
  size: number,
): { vocabulary: string[]; merges: [string, string][] } {
  const vocabulary = [...alphabet];
  const ids = new Map(alphabet.map((token, id) => [token, id]));
  const merges: [string, string][] = [];
  const list: Word[] = [...words].map(([text, count]) => ({
    symbols: [...text].map((character) => ids.get(character)!),
    count,
  }));
  const counts = new Map<number, number>();
  const places = new Map<number, Set<Word>>();
  for (const word of list) count(word, 1, counts, places);
  while (vocabulary.length < size) {
    const best = mostFrequent(counts);
    if (best === undefined) break;
    const [left, right] = [Math.floor(best / 2 ** 26), best % 2 ** 26];
    const token = vocabulary[left]! + vocabulary[right]!;
    // Two ways to the same token ("a"+"aa", "aa"+"a") are one id.
    let id = ids.get(token);
    if (id === undefined) {
      id = vocabulary.push(token) - 1;
      ids.set(token, id);
    }
    merges.push([vocabulary[left]!, vocabulary[right]!]);
    for (const word of places.get(best) ?? []) {
      count(word, -1, counts, places);
      word.symbols = merged(word.symbols, left, right, id);
      count(word, 1, counts, places);
    }
    counts.delete(best);
    places.delete(best);
  }
  return { vocabulary, merges };
}

function count(word: Word, sign: 1 | -1, counts: Map<number, number>, places: Map<number, Set<Word>>): void {
  for (let index = 0; index + 1 < word.symbols.length; index++) {
    const key = pairKey(word.symbols[index]!, word.symbols[index + 1]!);
    counts.set(key, (counts.get(key) ?? 0) + sign * word.count);
    if (sign < 0) continue;
    const known = places.get(key);
    if (known) known.add(word);
    else places.set(key, new Set([word]));
  }
}

function mostFrequent(counts: ReadonlyMap<number, number>): number | undefined {
  let best: number | undefined;
  let most = 1;
  for (const [key, value] of counts) {
    if (value > most || (value === most && best !== undefined && key < best)) {
      best = key;
      most = value;
    }
  }
  return best;
}

function merged(symbols: readonly number[], left: number, right: number, id: number): number[] {
  const result: number[] = [];
  for (let index = 0; index < symbols.length; index++) {
    if (symbols[index] === left && symbols[index + 1] === right) {
      result.push(id);
      index++;
    } else result.push(symbols[index]!);
  }
  return result;
}
