import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { TokenizerJob } from '../../../shared/job/data-job.ts';
import { encodeLong } from '../../../shared/text/encode-long.ts';
import { splitWords } from '../../../shared/text/split-words.ts';
import { Tokenizer } from '../../../shared/text/tokenizer.ts';
import { TokenizerTrainer } from '../../../shared/text/train-tokenizer.ts';

const stored = (name: string) => readFileSync(new URL(`../../data/text/${name}`, import.meta.url), 'utf8');

interface Encoding {
  readonly text: string;
  readonly ids: readonly number[];
  readonly decoded: string;
}
const encodings = JSON.parse(stored('encodings.json')) as Record<string, readonly Encoding[]>;

type Learned = Exclude<TokenizerJob, { kind: 'file' }>;
const jobs: readonly Learned[] = [{ kind: 'bytes' }, { kind: 'characters' }, { kind: 'bpe', size: 400 }];

function trained(job: Learned, text: string, padded = false): Tokenizer {
  const trainer = new TokenizerTrainer(job);
  trainer.add(text);
  return Tokenizer.parse(trainer.finish(padded));
}

describe.each(jobs)('$kind', (job) => {
  const json = stored(`${job.kind}.json`);
  const tokenizer = Tokenizer.parse(json);

  it('is learned again byte by byte', () => {
    const trainer = new TokenizerTrainer(job);
    trainer.add(stored('corpus.txt'));
    expect(trainer.finish(true)).toBe(json);
  });

  it.each(encodings[job.kind]!)(
    'encodes and decodes as the Python package does: $text',
    ({ text, ids, decoded }) => {
      expect(tokenizer.encode(text)).toEqual(ids);
      expect(tokenizer.decode(ids)).toBe(decoded);
    },
  );
});

describe('byte pairs', () => {
  it('any text comes back, whatever was learned from', () => {
    const tokenizer = trained({ kind: 'bpe', size: 300 }, stored('corpus.txt'));
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => {
        // A half of a pair of surrogates is no text; its UTF-8 is the replacement character.
        const wellFormed = new TextDecoder('utf-8', { ignoreBOM: true }).decode(
          new TextEncoder().encode(text),
        );
        expect(tokenizer.decode(tokenizer.encode(wellFormed))).toBe(wellFormed);
      }),
    );
  });

  it('has as many tokens as asked for, with the padding last', () => {
    const tokenizer = trained({ kind: 'bpe', size: 300 }, stored('corpus.txt'), true);
    expect(tokenizer.size).toBe(300);
    expect(tokenizer.padding).toBe(299);
  });

  it('stops early when no pair is there twice', () => {
    expect(trained({ kind: 'bpe', size: 400 }, 'abab').size).toBe(257);
  });

  it('merges the most frequent pair first, of equals that of the lowest bytes', () => {
    const trainer = new TokenizerTrainer({ kind: 'bpe', size: 259 });
    trainer.add('xyxyxy abab cdcd');
    const { model } = JSON.parse(trainer.finish(false)) as { model: { merges: [string, string][] } };
    expect(model.merges).toEqual([
      ['x', 'y'],
      ['a', 'b'],
      ['c', 'd'],
    ]);
  });

  it('a repeated pair inside a word is merged from the left', () => {
    const tokenizer = trained({ kind: 'bpe', size: 258 }, 'aaaa aaaa');
    const [a, aa] = [97, tokenizer.vocabulary.indexOf('aa')];
    expect(
      tokenizer
        .encode('aaaaa')
        .filter((id) => id === a || id === aa)
        .at(-1),
    ).toBe(a);
  });
});

it('a long text in pieces has the tokens of the whole', () => {
  const tokenizer = trained({ kind: 'bpe', size: 300 }, stored('corpus.txt'));
  const texts = [stored('corpus.txt'), 'a\n\nb \n c\n', '\n\n\n', '', 'no line end at all'];
  for (const text of texts) {
    for (const piece of [1, 7, 100])
      expect([...encodeLong(tokenizer, text, piece)]).toEqual(tokenizer.encode(text));
  }
});

it('pieces together are the text', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), (text) => {
      const wellFormed = new TextDecoder('utf-8', { ignoreBOM: true }).decode(new TextEncoder().encode(text));
      expect([...splitWords(wellFormed)].join('')).toBe(wellFormed);
    }),
  );
});

describe('files from elsewhere', () => {
  const bpe = JSON.parse(stored('bpe.json')) as {
    model: { merges: string[][]; vocab: Record<string, number> };
  };

  it('merges written as one string, as files of before 2024 have them', () => {
    const old = { ...bpe, model: { ...bpe.model, merges: bpe.model.merges.map((merge) => merge.join(' ')) } };
    const text = 'Speak, speak. We know it.';
    expect(Tokenizer.parse(JSON.stringify(old)).encode(text)).toEqual(
      Tokenizer.parse(stored('bpe.json')).encode(text),
    );
  });

  it.each([
    ['another model', { model: { type: 'Unigram', vocab: [] } }, /not byte-pair encoding/],
    ['a normalizer', { ...bpe, normalizer: { type: 'NFC' } }, /a normalizer is not supported/],
    ['a merge of no token', { ...bpe, model: { ...bpe.model, merges: [['q', 'zzz']] } }, /merge 0 \(q zzz\)/],
    ['ids without end', { ...bpe, model: { ...bpe.model, vocab: { a: 2 ** 40 } } }, /too many/],
  ])('refuses %s', (_, file, message) => {
    expect(() => Tokenizer.parse(JSON.stringify(file))).toThrow(message);
  });
});
