import { fromByteCharacters, toByteCharacters } from './byte-characters.ts';
import { type Merge, mergePairs, pairKey } from './merge-pairs.ts';
import { splitWords } from './split-words.ts';
import { parseTokenizerFile, type TokenizerFile } from './tokenizer-file.ts';

export const PADDING = '<pad>';
export const UNKNOWN = '<unk>';
export const MASK = '<mask>';

/** Words whose tokens are remembered: enough for the words of a language, little memory. */
const MAX_REMEMBERED = 100_000;

/** Text to token ids and back, as a Hugging Face tokenizer.json says. */
export class Tokenizer {
  /** Tokens by id. Ids that the file leaves out are empty. */
  readonly vocabulary: readonly string[];
  /** Id of `<pad>`, if there is one. */
  readonly padding: number | undefined;
  /** Id of `<mask>`, or of `[MASK]`, if there is one. */
  readonly mask: number | undefined;
  private readonly ids: ReadonlyMap<string, number>;
  private readonly merges = new Map<number, Merge>();
  private readonly unknown: number | undefined;
  private readonly special: ReadonlyMap<string, number>;
  private readonly specialIds: ReadonlySet<number>;
  private readonly splitSpecial: RegExp | undefined;
  private readonly remembered = new Map<string, readonly number[]>();
  private readonly file: TokenizerFile;

  /** @throws Error that says what is not supported or contradicts itself */
  static parse(json: string): Tokenizer {
    return new Tokenizer(parseTokenizerFile(json));
  }

  private constructor(file: TokenizerFile) {
    this.file = file;
    const { vocab, merges, unk_token } = file.model;
    const special = new Map(file.added_tokens.map(({ content, id }) => [content, id]));
    const ids = new Map([...Object.entries(vocab), ...special]);
    const size = [...ids.values()].reduce((most, id) => Math.max(most, id + 1), 0);
    if (size > 2 ** 24) throw new Error(`the vocabulary has ids up to ${size}: too many`);
    const vocabulary = new Array<string>(size).fill('');
    for (const [token, id] of ids) vocabulary[id] = token;
    for (const [rank, merge] of merges.entries()) {
      const [left, right] = typeof merge === 'string' ? (merge.split(' ') as [string, string]) : merge;
      const [a, b, both] = [vocab[left], vocab[right], vocab[`${left}${right}`]];
      if (a === undefined || b === undefined || both === undefined) {
        throw new Error(`merge ${rank} (${left} ${right}) names a token that is not in the vocabulary`);
      }
      if (!this.merges.has(pairKey(a, b))) this.merges.set(pairKey(a, b), { rank, id: both });
    }
    this.vocabulary = vocabulary;
    this.ids = ids;
    this.unknown = unk_token === null ? undefined : ids.get(unk_token);
    this.padding = ids.get(PADDING);
    this.mask = ids.get(MASK) ?? ids.get('[MASK]');
    this.special = special;
    this.specialIds = new Set(file.added_tokens.filter((token) => token.special).map(({ id }) => id));
    const written = [...special.keys()].sort((a, b) => b.length - a.length).map(escaped);
    this.splitSpecial = written.length > 0 ? new RegExp(`(${written.join('|')})`, 'u') : undefined;
  }

  /** Ids from 0 up to this. */
  get size(): number {
    return this.vocabulary.length;
  }

  /** Token ids of a text; a special token that is written out in it is that token, as in Hugging Face's library. */
  encode(text: string): number[] {
    const result: number[] = [];
    const parts = this.splitSpecial ? text.split(this.splitSpecial) : [text];
    for (const part of parts) {
      const special = this.special.get(part);
      if (special !== undefined) result.push(special);
      else if (part !== '') this.encodePlain(part, result);
    }
    return result;
  }

  /** Characters of a text that no token stands for: they become the unknown token, or are left out. */
  missing(text: string): string[] {
    const parts = this.splitSpecial ? text.split(this.splitSpecial) : [text];
    const plain = parts.filter((part) => !this.special.has(part)).join('');
    const characters = this.file.pre_tokenizer ? toByteCharacters(plain) : plain;
    return [...characters].filter((character) => !this.ids.has(character));
  }

  /** The text of token ids; special tokens are left out. */
  decode(ids: Iterable<number>): string {
    let characters = '';
    for (const id of ids) if (!this.specialIds.has(id)) characters += this.vocabulary[id] ?? '';
    return this.file.pre_tokenizer ? fromByteCharacters(characters) : characters;
  }

  private encodePlain(text: string, result: number[]): void {
    const level = this.file.pre_tokenizer;
    if (!level) return this.encodeCharacters(text, result);
    const prefixed = level.add_prefix_space && !/^\p{White_Space}/u.test(text) ? ` ${text}` : text;
    if (!level.use_regex && this.merges.size === 0) {
      for (const byte of toByteCharacters(prefixed)) this.push(result, byte);
      return;
    }
    for (const word of level.use_regex ? splitWords(prefixed) : [prefixed]) {
      for (const id of this.encodeWord(word)) result.push(id);
    }
  }

  private encodeCharacters(text: string, result: number[]): void {
    if (this.merges.size === 0) {
      for (const character of text) this.push(result, character);
      return;
    }
    for (const id of this.merged(text)) result.push(id);
  }

  private encodeWord(word: string): readonly number[] {
    const known = this.remembered.get(word);
    if (known) return known;
    const ids = this.merged(toByteCharacters(word));
    if (this.remembered.size < MAX_REMEMBERED) this.remembered.set(word, ids);
    return ids;
  }

  private merged(characters: string): number[] {
    const symbols: number[] = [];
    for (const character of characters) this.push(symbols, character);
    return mergePairs(symbols, this.merges);
  }

  /** A character that is not in the vocabulary is the unknown token; without one it is left out, as in Hugging Face's. */
  private push(result: number[], character: string): void {
    const id = this.ids.get(character) ?? this.unknown;
    if (id !== undefined) result.push(id);
  }
}

function escaped(text: string): string {
  return text.replace(/[.*+?^${}()|[\]\\/-]/g, '\\$&');
}
