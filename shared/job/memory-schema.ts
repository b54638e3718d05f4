import { z } from 'zod';

/** `memory:` how members keep within theirs. */
export const memorySchema = z
  .strictObject({
    recompute: z
      .enum(['off', 'every-block', 'auto'])
      .default('off')
      .meta({
        description:
          'Activations inside a block of the model are computed again for the gradients instead of kept: one more forward ' +
          'pass for a fraction of the memory. auto: blocks of the size that keeps the least, none where that is little.',
        examples: ['auto'],
      }),
    'micro-batch': z
      .union([z.int().positive().max(1e7), z.literal('auto')])
      .optional()
      .meta({
        description:
          'Examples that a member runs at once at most; the gradients of its part of the batch are added up. auto: as many ' +
          'as half of its free memory holds. Batch normalisation then sees so many examples.',
        examples: [8, 'auto'],
      }),
    precision: z
      .enum(['float32', 'mixed', 'emulated'])
      .default('float32')
      .meta({
        description:
          'mixed: products and activations in float16 on members whose engine has it (WebGPU, CUDA), with loss scaling; the ' +
          'others train in float32. emulated: engines without it round as float16 does, slower than float32: to try a model out.',
        examples: ['mixed'],
      }),
  })
  .transform((memory) => ({
    recompute: memory.recompute,
    ...(memory['micro-batch'] !== undefined && { microBatch: memory['micro-batch'] }),
    ...(memory.precision !== 'float32' && { precision: memory.precision }),
  }));
