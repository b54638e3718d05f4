import { z } from 'zod';

const addedToken = z.object({
  id: z.number().int().nonnegative(),
  content: z.string(),
  special: z.boolean(),
});

const byteLevel = z.object({
  type: z.literal('ByteLevel'),
  add_prefix_space: z.boolean().default(false),
  use_regex: z.boolean().default(true),
});

/** The part of Hugging Face's tokenizer.json that is understood: byte-pair encoding over bytes or characters. */
const schema = z.object({
  added_tokens: z.array(addedToken).default([]),
  normalizer: z.null({ error: 'a normalizer is not supported' }).default(null),
  pre_tokenizer: byteLevel.nullable().default(null),
  decoder: z.object({ type: z.string() }).nullable().default(null),
  model: z.object({
    // Files of before 2020 leave it out.
    type: z.literal('BPE').default('BPE'),
    unk_token: z.string().nullable().default(null),
    vocab: z.record(z.string(), z.number().int().nonnegative()),
    merges: z.array(z.union([z.string(), z.tuple([z.string(), z.string()])])).default([]),
  }),
});

export type TokenizerFile = z.output<typeof schema>;

/**
 * Reads a tokenizer.json.
 *
 * @throws Error that says what is not supported
 */
export function parseTokenizerFile(text: string): TokenizerFile {
  const parsed = schema.safeParse(JSON.parse(text));
  if (parsed.success) return parsed.data;
  throw new Error(
    `this tokenizer.json is not byte-pair encoding over bytes or characters: ${z.prettifyError(parsed.error)}`,
  );
}

/** What a tokenizer of our own is made of. */
export interface TokenizerParts {
  /** Tokens by id; special ones at the end. */
  readonly vocabulary: readonly string[];
  readonly merges: readonly (readonly [string, string])[];
  /** Bytes (GPT-2's form, cut into words) or characters. */
  readonly level: 'bytes' | 'characters';
  /** Whether a text is cut into words first. */
  readonly words: boolean;
  readonly unknown: string | undefined;
  /** Tokens that no text makes: padding. */
  readonly special: readonly string[];
}

/** Hugging Face's tokenizer.json, as `tokenizers` reads it. */
export function tokenizerJson(parts: TokenizerParts): string {
  const { vocabulary, merges, level, words, unknown, special } = parts;
  const specials = [...(unknown === undefined ? [] : [unknown]), ...special];
  const byteLevelPart = {
    type: 'ByteLevel',
    add_prefix_space: false,
    trim_offsets: true,
    use_regex: words,
  };
  const file = {
    version: '1.0',
    truncation: null,
    padding: null,
    added_tokens: specials.map((content) => ({
      id: vocabulary.indexOf(content),
      content,
      single_word: false,
      lstrip: false,
      rstrip: false,
      normalized: false,
      special: true,
    })),
    normalizer: null,
    pre_tokenizer: level === 'bytes' ? byteLevelPart : null,
    post_processor: null,
    decoder: level === 'bytes' ? byteLevelPart : { type: 'Fuse' },
    model: {
      type: 'BPE',
      dropout: null,
      unk_token: unknown ?? null,
      continuing_subword_prefix: null,
      end_of_word_suffix: null,
      fuse_unk: false,
      byte_fallback: false,
      ignore_merges: false,
      vocab: Object.fromEntries(vocabulary.map((token, id) => [token, id])),
      merges,
    },
  };
  return `${JSON.stringify(file, undefined, 1)}\n`;
}
