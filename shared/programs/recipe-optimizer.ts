import { z } from 'zod';

const finite = z.number().finite();
const positive = finite.positive();

/** An optimizer as a recipe has it, for members that take local steps. */
export const recipeOptimizer = z.discriminatedUnion('kind', [
  z.object({
    kind: z.literal('sgd'),
    learningRate: positive,
    momentum: finite,
    nesterov: z.boolean(),
    weightDecay: finite,
  }),
  z.object({
    kind: z.literal('rmsprop'),
    learningRate: positive,
    decay: finite,
    momentum: finite,
    epsilon: positive,
    weightDecay: finite,
  }),
  z.object({
    kind: z.enum(['adam', 'adamw', 'adamax', 'radam', 'lamb']),
    learningRate: positive,
    beta1: finite,
    beta2: finite,
    epsilon: positive,
    weightDecay: finite,
  }),
  z.object({
    kind: z.literal('adagrad'),
    learningRate: positive,
    epsilon: positive,
    weightDecay: finite,
  }),
  z.object({
    kind: z.literal('adadelta'),
    learningRate: positive,
    decay: finite,
    epsilon: positive,
    weightDecay: finite,
  }),
  z.object({
    kind: z.literal('nadam'),
    learningRate: positive,
    beta1: finite,
    beta2: finite,
    momentumDecay: finite.nonnegative(),
    epsilon: positive,
    weightDecay: finite,
  }),
  z.object({
    kind: z.literal('lion'),
    learningRate: positive,
    beta1: finite,
    beta2: finite,
    weightDecay: finite,
  }),
  z.object({
    kind: z.literal('adafactor'),
    learningRate: positive,
    beta2Decay: finite,
    epsilon: positive,
    clip: positive,
    weightDecay: finite,
  }),
  z.object({
    kind: z.literal('muon'),
    learningRate: positive,
    momentum: finite,
    nesterov: z.boolean(),
    iterations: z.number().int().min(1).max(20),
    adjust: z.enum(['original', 'match-rms-adamw']),
    beta1: finite,
    beta2: finite,
    epsilon: positive,
    weightDecay: finite,
  }),
]);
