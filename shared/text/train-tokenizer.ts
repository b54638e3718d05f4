import type { TokenizerJob } from '../job/job.ts';
import { BYTE_CHARACTERS, toByteCharacters } from './byte-characters.ts';
import { splitWords } from './split-words.ts';
import { MASK, PADDING, UNKNOWN } from './tokenizer.ts';
import { tokenizerJson } from './tokenizer-file.ts';
import { trainPairs } from './train-pairs.ts';

/** Learns a tokenizer from texts that are given one after the other. */
export class TokenizerTrainer {
  private readonly job: Exclude<TokenizerJob, { kind: 'file' }>;
  private readonly words = new Map<string, number>();
  private readonly characters = new Set<string>();

  constructor(job: Exclude<TokenizerJob, { kind: 'file' }>) {
    this.job = job;
  }

  add(text: string): void {
    if (this.job.kind === 'characters') for (const character of text) this.characters.add(character);
    if (this.job.kind === 'bpe') {
      for (const word of splitWords(text)) this.words.set(word, (this.words.get(word) ?? 0) + 1);
    }
  }

  /**
   * The tokenizer.json of what was learned: bytes (id = byte), the characters that were there in the order of their
   * code points and `<unk>`, or byte pairs.
   *
   * @param padded adds `<pad>` behind them
   * @param masked adds `<mask>` as the last token
   */
  finish(padded: boolean, masked = false): string {
    const special = [...(padded ? [PADDING] : []), ...(masked ? [MASK] : [])];
    const { job } = this;
    if (job.kind === 'characters') {
      const sorted = [...this.characters].sort((a, b) => a.codePointAt(0)! - b.codePointAt(0)!);
      const vocabulary = [...sorted, UNKNOWN, ...special];
      return tokenizerJson({
        vocabulary,
        merges: [],
        level: 'characters',
        words: false,
        unknown: UNKNOWN,
        special,
      });
    }
    const learned =
      job.kind === 'bpe'
        ? trainPairs(
            new Map([...this.words].map(([word, count]) => [toByteCharacters(word), count])),
            BYTE_CHARACTERS,
            job.size - special.length,
          )
        : { vocabulary: BYTE_CHARACTERS, merges: [] };
    return tokenizerJson({
      vocabulary: [...learned.vocabulary, ...special],
      merges: learned.merges,
      level: 'bytes',
      words: job.kind === 'bpe',
      unknown: undefined,
      special,
    });
  }
}
