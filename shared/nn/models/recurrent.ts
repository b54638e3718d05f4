import { z } from 'zod';
import { positionsOf } from '../specs.ts';
import { type ModelData, model } from './model-row.ts';
import { asSequence, vocabularyOf } from './sequence.ts';

const schema = z.strictObject({
  units: z.int().positive().default(64),
  layers: z.int().positive().default(1),
  bidirectional: z.boolean().default(false),
  dropout: z.number().min(0).lt(1).default(0),
  /** Size of a token's vector. */
  embedding: z.int().positive().default(32),
  vocabulary: z
    .int()
    .positive()
    .optional()
    .meta({ description: 'Number of token ids; the classes when each position has a target.' }),
});

export const rnn = named('rnn', 'A recurrent network (tanh)');
export const lstm = named('lstm', 'Long short-term memory');
export const gru = named('gru', 'Gated recurrent units');

function named(word: string, what: string) {
  return model({
    schema,
    description: `${what} over sequences: a classifier of the last state, or a class for each position when the target has positions (a character model).`,
    example: `{ ${word}: { units: 64, layers: 2 } }`,
    layers(options, shape, outputs, data) {
      const { units, layers, bidirectional, dropout } = options;
      const each = positionsOf(data.target).length > 0;
      return [
        ...before(options, shape, outputs, data),
        { [word]: { units, layers, bidirectional, dropout, return: each ? 'sequence' : 'last' } },
        ...(dropout > 0 ? [{ dropout }] : []),
        { dense: outputs },
      ];
    },
  });
}

function before(
  options: z.output<typeof schema>,
  shape: readonly number[],
  outputs: number,
  data: ModelData,
): readonly unknown[] {
  if (data.features.type !== 'int32') return asSequence(shape);
  const vocabulary = vocabularyOf(options.vocabulary, outputs, data);
  return [{ embedding: { size: options.embedding, vocabulary, initializer: { normal: 1 } } }];
}
