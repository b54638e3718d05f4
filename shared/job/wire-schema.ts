import { z } from 'zod';
import type { DenseCodec } from '../parameters/codecs/update-codec.ts';
import { DELTA_CODECS, type DeltaCodec } from '../parameters/reference.ts';
import { camelKeys } from './camel.ts';
import { choice, choices } from './choice.ts';
import { explain } from './explain.ts';
import type { UpdateJob, WireJob } from './wire-job.ts';

const NOTHING = z.strictObject({});

const DENSE = {
  f32: 'As it is computed: 4 bytes a number.',
  f16: 'IEEE 754 half precision, up to 65504: 2 bytes.',
  bf16: 'The range of f32 with 8 bits of precision: 2 bytes.',
} as const;

const feedback = (byDefault: boolean) =>
  z
    .boolean()
    .default(byDefault)
    .meta({
      description: 'What the encoding loses is kept by the member and added to its next update.',
      examples: [true],
    });

const sparse = z.strictObject({
  share: z
    .number()
    .gt(0)
    .max(0.5)
    .meta({ description: 'Share of the numbers that travel.', examples: [0.01] }),
  'error-feedback': feedback(true),
});

const dense = (words: readonly DenseCodec[]) =>
  Object.fromEntries(
    words.map((word) => [word, { schema: NOTHING, description: DENSE[word], example: word }]),
  );

const WORDS = ['f32', 'f16', 'bf16'] as const satisfies readonly DenseCodec[];

/** `wire.up`. Biases, scales and statistics travel as f32 in every encoding from int8 on. */
const updateSchema = choice<UpdateJob>(
  {
    id: 'update-encoding',
    description: 'How updates travel. From int8 on, biases, scales and statistics travel as f32 beside.',
    alternatives: {
      ...dense(WORDS),
      int8: {
        schema: z.strictObject({ 'error-feedback': feedback(false) }),
        description:
          '8 bits with a scale for every 256 numbers, rounded stochastically: unbiased; 1.02 bytes (Alistarh et al. 2017).',
        example: 'int8',
      },
      'top-k': {
        schema: sparse,
        shorthand: 'share',
        description: 'The largest numbers: 8 bytes for each that travels (Stich et al. 2018).',
        example: '{ top-k: 0.01 }',
      },
      'random-k': {
        schema: sparse,
        shorthand: 'share',
        description:
          'Numbers drawn by a seed: 4 bytes for each that travels; without error feedback scaled up to be unbiased (Stich et al. 2018).',
        example: '{ random-k: 0.1 }',
      },
      sign: {
        schema: z.strictObject({
          aggregate: z
            .enum(['mean', 'majority'])
            .default('mean')
            .meta({
              description:
                'mean: of signs scaled by the mean of |x| (Karimireddy et al. 2019). majority: members vote, the step is ±learning rate (Bernstein et al. 2019); synchronous only.',
              examples: ['majority'],
            }),
          'error-feedback': z
            .boolean()
            .optional()
            .meta({
              description:
                'What the encoding loses is kept by the member and added to its next update; true if left out, but for a majority.',
              examples: [true],
            }),
        }),
        shorthand: 'aggregate',
        description: 'One bit a number: 0.14 bytes, or 0.125 as votes.',
        example: '{ sign: majority }',
      },
    },
  },
  (kind, options): UpdateJob => {
    if (kind !== 'sign') return { kind, ...camelKeys(options) } as unknown as UpdateJob;
    const aggregate = options['aggregate'] as 'mean' | 'majority';
    return { kind, aggregate, errorFeedback: (options['error-feedback'] as boolean) ?? aggregate === 'mean' };
  },
);

/** `wire:` a word for both directions, or `{ down: f16, up: { top-k: 0.01 } }`, or `{ down: { delta: int8 } }`. */
export const wireSchema = choice<WireJob>(
  {
    id: 'wire',
    instead: (word) => {
      if (word === 'delta') return 'wire: { down: { delta: int8 } }';
      const update = choices.get(updateSchema)?.alternatives;
      return update && Object.hasOwn(update, word)
        ? `wire: { down: f32, up: ${update[word]?.example ?? word} }`
        : undefined;
    },
    description: 'Encoding of weights (down) and updates (up) between processes.',
    alternatives: {
      ...dense(WORDS),
      down: {
        schema: z.strictObject({
          codec: z
            .enum(WORDS, {
              error: (issue) => explain({ ...issue, values: [...WORDS, 'down: { delta: int8 }'] }),
            })
            .default('f32')
            .meta({ description: 'Of weights, which members hold as they arrive.', examples: ['f16'] }),
          delta: z
            .enum(DELTA_CODECS)
            .optional()
            .meta({
              description:
                'Members that hold one of the last versions are sent the change since then: int8 takes 1.02 bytes a number, bf16 and f16 take 2. What it loses is in the next change (Tang et al. 2019). Others are sent f32.',
              examples: ['int8'],
            }),
        }),
        shorthand: 'codec',
        beside: z.strictObject({
          up: updateSchema.optional().meta({
            description: 'Of updates: one of update-encoding, as the weights if left out.',
            examples: ['int8', { 'top-k': 0.01 }],
          }),
        }),
        description:
          'Each direction for itself: `down` of the weights, which may travel as changes (`{ delta: int8 }`), `up` of the updates.',
        example: '{ down: f16, up: { top-k: 0.01 } }',
      },
    },
  },
  (word, options): WireJob => {
    if (word !== 'down') return word as DenseCodec;
    const down = options['codec'] as DenseCodec;
    const delta = options['delta'] as DeltaCodec | undefined;
    const up = (options['up'] as UpdateJob | undefined) ?? { kind: down };
    // One way to say it, so that jobs that are the same are equal.
    return up.kind === down && !delta ? down : { down, ...(delta && { delta }), up };
  },
);
