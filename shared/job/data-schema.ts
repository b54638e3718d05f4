import { z } from 'zod';
import { choice } from './choice.ts';
import type { DataJob } from './job.ts';

const column = z.union([z.string().min(1), z.int().nonnegative()]);

const format = z
  .strictObject({
    type: z
      .enum(['csv'])
      .default('csv')
      .meta({ description: 'CSV, gzipped or not.', examples: ['csv'] }),
    header: z
      .boolean()
      .default(true)
      .meta({ description: 'Whether the first line names the columns.', examples: [false] }),
    delimiter: z
      .string()
      .min(1)
      .max(1)
      .default(',')
      .meta({ description: 'The character between two fields.', examples: [';'] }),
  })
  .prefault({})
  .meta({ description: 'How the file is written.', examples: [{ type: 'csv', header: false }] });

const target = z
  .strictObject({
    column: column.meta({
      description: 'The column to predict: its name, or its number from 0 when the file has no header.',
      examples: ['label', 64],
    }),
    type: z
      .enum(['class', 'number', 'binary'])
      .default('class')
      .meta({
        description: 'One of several classes, a quantity, or one of two classes.',
        examples: ['class'],
      }),
  })
  .meta({ description: 'What is predicted.', examples: [{ column: 'label', type: 'class' }] });

export const normalizeSchema = choice<DataJob['features']['normalize']>(
  {
    id: 'normalization',
    description: 'What is done to features first. It becomes a part of the model, and of the exported file.',
    alternatives: {
      none: { schema: z.strictObject({}), description: 'Nothing.', example: 'none' },
      divide: {
        schema: z.strictObject({
          by: z
            .number()
            .refine((value) => value !== 0, 'divided by zero')
            .meta({ description: 'The divisor.', examples: [255] }),
        }),
        shorthand: 'by',
        description: 'Divide by a number.',
        example: '{ divide: 255 }',
      },
      standardize: {
        schema: z.strictObject({}),
        description:
          'Subtract the mean and divide by the standard deviation, per feature, of the training rows.',
        example: 'standardize',
      },
    },
  },
  (kind, options) => ({ kind, ...options }) as DataJob['features']['normalize'],
);

const features = z
  .strictObject({
    columns: z
      .array(column)
      .min(1)
      .optional()
      .meta({
        description: 'Columns to use, in this order. All but the target when left out.',
        examples: [['height', 'weight']],
      }),
    shape: z
      .array(z.int().positive())
      .min(1)
      .max(8)
      .optional()
      .meta({
        description: 'Shape of one example, for images [channels, height, width]. One axis when left out.',
        examples: [[1, 28, 28]],
      }),
    normalize: normalizeSchema.prefault('none').meta({
      description: 'Normalisation of the features.',
      examples: [{ divide: 255 }, 'standardize'],
    }),
  })
  .prefault({})
  .meta({
    description: 'What the model sees.',
    examples: [{ shape: [1, 28, 28], normalize: { divide: 255 } }],
  });

export const dataSchema = z
  .strictObject({
    source: z
      .string()
      .min(1)
      .meta({ description: 'The file, relative to the job file.', examples: ['digits.csv.gz'] }),
    format,
    target,
    features,
    test: z
      .number()
      .min(0)
      .lt(1)
      .default(0.2)
      .meta({ description: 'Share of the rows held out for evaluation, [0, 1).', examples: [0.2] }),
    licence: z
      .string()
      .optional()
      .meta({
        description: 'Licence of the data; it goes into the exported model.',
        examples: ['CC BY 4.0'],
      }),
  })
  .transform(
    (data): DataJob => ({
      ...data,
      features: {
        columns: data.features.columns,
        shape: data.features.shape,
        normalize: data.features.normalize,
      },
      licence: data.licence,
    }),
  );
