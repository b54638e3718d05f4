import { z } from 'zod';
import { modelRegistry } from '../nn/models/registry.ts';
import { type Alternative, choice } from './choice.ts';
import type { JudgeJob, NetworkJob } from './job.ts';
import { layerListSchema } from './layer-schema.ts';

/** A network of a GAN: layers, or the named one of its side. */
function network(name: 'generator' | 'discriminator'): z.ZodType<NetworkJob> {
  return choice<NetworkJob>(
    {
      id: name,
      description: `The ${name} of a GAN.`,
      alternatives: {
        layers: {
          schema: z.strictObject({ list: layerListSchema.min(1).meta({ description: 'Layers in order.' }) }),
          shorthand: 'list',
          description: 'Layers in order.',
          example: '{ layers: [{ dense: 64 }, relu, { dense: 64 }, sigmoid, { reshape: [1, 8, 8] }] }',
        },
        [name]: modelRegistry[name]!,
      },
    },
    (word, options) =>
      word === 'layers'
        ? { kind: 'layers', layers: options['list'] as never }
        : { kind: 'named', name: word, options },
  );
}

export const ganModel: Alternative = {
  schema: z.strictObject({
    latent: z
      .int()
      .positive()
      .max(65_536)
      .default(32)
      .meta({ description: 'Normal numbers that the generator makes an image of.', examples: [32] }),
    generator: network('generator').prefault('generator').meta({
      description: 'From [batch, latent] to the form of the features.',
    }),
    discriminator: network('discriminator').prefault('discriminator').meta({
      description: 'From the features to one number, high for real ones.',
    }),
  }),
  shorthand: 'latent',
  description: 'Two networks that learn from each other; the generator is what the run hands out.',
  example: '{ gan: { latent: 32, generator: { generator: { filters: [64, 32], output: sigmoid } } } }',
};

export const ganLoss: Alternative = {
  schema: z.strictObject({
    objective: z
      .enum(['non-saturating', 'wasserstein'])
      .default('non-saturating')
      .meta({
        description: 'Goodfellow et al. 2014, or Arjovsky et al. 2017.',
        examples: ['wasserstein'],
      }),
    'gradient-penalty': z
      .number()
      .nonnegative()
      .default(0)
      .meta({
        description: "Weight of the critic's gradient penalty (Gulrajani et al. 2017).",
        examples: [10],
      }),
    'critic-steps': z
      .int()
      .positive()
      .max(1000)
      .default(1)
      .meta({ description: 'Steps of the discriminator for each of the generator.', examples: [5] }),
  }),
  shorthand: 'objective',
  description: 'For `model: gan`: what generator and discriminator play for.',
  example: '{ gan: { objective: wasserstein, gradient-penalty: 10, critic-steps: 5 } }',
};

export const judgeSchema = z
  .strictObject({
    onnx: z
      .string()
      .min(1)
      .max(4096)
      .meta({
        description: 'An ONNX classifier of the same features, relative to the job file.',
        examples: ['classifier.onnx'],
      }),
    features: z
      .string()
      .min(1)
      .max(1024)
      .optional()
      .meta({
        description: 'The value that is compared; what its last dense layer takes when left out.',
        examples: ['relu3'],
      }),
  })
  .transform(({ onnx, features }): JudgeJob => ({ onnx, features }))
  .meta({
    description: 'For a GAN: the Fréchet distance between features of held-out and generated examples.',
    examples: [{ onnx: 'classifier.onnx' }],
  });
