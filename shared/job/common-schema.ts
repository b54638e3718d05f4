import { z } from 'zod';
import { RESERVED_NAMES } from '../nn/specs.ts';
import { OUTPUT_NAME } from './output-name.ts';

/** Of one of several outputs of a model. */
export const outputName = z
  .string()
  .regex(OUTPUT_NAME, 'an output is named by letters, digits, _ and -, a letter first')
  .refine(
    (name) => !(RESERVED_NAMES as readonly string[]).includes(name),
    'this name is of what programs add to a model: choose another',
  );

// Options that several of a training's choices share.
export const rate = (byDefault: number) =>
  z
    .number()
    .positive()
    .default(byDefault)
    .meta({ description: 'Learning rate.', examples: [byDefault] });
export const share = (byDefault: number, description: string) =>
  z
    .number()
    .min(0)
    .lt(1)
    .default(byDefault)
    .meta({ description, examples: [byDefault] });
export const weightDecay = (byDefault: number) =>
  z
    .number()
    .nonnegative()
    .default(byDefault)
    .meta({ description: 'Weight decay; not for biases and scales.', examples: [0.01] });
export const epsilon = (byDefault: number, description = 'Added to the denominator.') =>
  z
    .number()
    .positive()
    .default(byDefault)
    .meta({ description, examples: [byDefault] });
export const steps = (description: string) =>
  z
    .int()
    .positive()
    .meta({ description, examples: [10] });
