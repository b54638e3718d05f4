import { z } from 'zod';
import { choice } from './choice.ts';
import type { TokenizerJob } from './data-job.ts';

export const tokenizerSchema = choice<TokenizerJob>(
  {
    id: 'tokenizer',
    description: 'How text becomes whole numbers, the ids of tokens.',
    alternatives: {
      bytes: {
        schema: z.strictObject({}),
        description: 'Every byte of UTF-8: 256 tokens.',
        example: 'bytes',
      },
      characters: {
        schema: z.strictObject({}),
        description: 'Every character of the training part; others are `<unk>`.',
        example: 'characters',
      },
      bpe: {
        schema: z.strictObject({
          size: z
            .int()
            .min(257)
            .max(65_536)
            .meta({ description: 'Tokens in all; the first 256 are the bytes.', examples: [512] }),
        }),
        shorthand: 'size',
        description: 'Byte pairs as in GPT-2, learned from the training part.',
        example: '{ bpe: 512 }',
      },
      file: {
        schema: z.strictObject({
          path: z
            .string()
            .min(1)
            .meta({ description: 'Its path, relative to the job file.', examples: ['tokenizer.json'] }),
        }),
        shorthand: 'path',
        description: "A Hugging Face tokenizer.json of byte pairs, for example GPT-2's.",
        example: '{ file: tokenizer.json }',
      },
    },
  },
  (kind, options) => ({ kind, ...options }) as TokenizerJob,
);
