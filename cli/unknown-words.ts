import type { WordNumbers } from '../shared/data/words.ts';
import type { Tokenizer } from '../shared/text/tokenizer.ts';
import { counted } from './ui/numbers.ts';

const LONGEST = 40;

/** One sentence for each column some words of which the model has never seen: it takes them all for the same one. */
export function unknownWords({ unknown }: WordNumbers): readonly string[] {
  return [...unknown].map(
    ([name, { count, first }]) =>
      `${counted(count, 'word')} of column ${name} ${count === 1 ? 'is' : 'are'} unknown to the model, which takes ${count === 1 ? 'it' : 'them'} for any other: ${shown(first)}${count > 1 ? ', …' : ''}`,
  );
}

/** Counts what of texts a tokenizer has no token for. */
export class UnknownText {
  private count = 0;
  private texts = 0;
  private first = '';

  constructor(private readonly tokenizer: Tokenizer) {}

  look(text: string): void {
    const missing = this.tokenizer.missing(text);
    if (missing.length === 0) return;
    if (this.texts++ === 0) this.first = missing[0]!;
    this.count += missing.length;
  }

  warnings(): readonly string[] {
    if (this.texts === 0) return [];
    const { count, texts, first } = this;
    return [
      `the tokenizer has no token for ${counted(count, 'character')} of ${counted(texts, 'text')}, as ${shown(first)}: the model does not see what they are`,
    ];
  }
}

function shown(word: string): string {
  return JSON.stringify(word.length > LONGEST ? `${word.slice(0, LONGEST)}…` : word);
}
