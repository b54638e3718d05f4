import { z } from 'zod';
import { symbolName } from '../data/class-name.ts';
import { CLASS } from '../data/images/image-job.ts';
import { choice } from './choice.ts';
import { outputName } from './common-schema.ts';
import type { DataJob, NormalizeJob, PlacedTargetJob, SymbolsTargetJob, TargetJob } from './data-job.ts';
import { objectiveSchema } from './objective-schema.ts';
import { MOST_OUTPUTS } from './output-name.ts';
import { tokenizerSchema } from './tokenizer-schema.ts';

/** As headers are read: in one form of Unicode (`columnName`). */
const column = z.union([z.string().min(1).normalize('NFC'), z.int().nonnegative()]);

const range = z
  .strictObject({ from: z.int().nonnegative(), to: z.int().nonnegative() })
  .refine(({ from, to }) => from <= to && to - from < 65_536, 'from is behind to, or too far before it');

/** Columns one by one, or by ranges of their numbers, both ends included. */
const columns = z
  .array(z.union([column, range]))
  .min(1)
  .transform((list) =>
    list.flatMap((entry) =>
      typeof entry === 'object'
        ? Array.from({ length: entry.to - entry.from + 1 }, (_, index) => entry.from + index)
        : [entry],
    ),
  );

const shape = z.array(z.int().positive()).min(1).max(8);

const format = z
  .strictObject({
    type: z
      .enum(['csv', 'images'])
      .default('csv')
      .meta({
        description: 'CSV, gzipped or not; images: PNG and JPEG files, in a folder for each class.',
        examples: ['csv', 'images'],
      }),
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
  .meta({
    description: 'How the data is written.',
    examples: [{ type: 'csv', header: false }, { type: 'images' }],
  });

const classes = (fewest: number) =>
  z
    .array(z.union([z.string().min(1), z.number()]).transform((name) => symbolName(String(name))))
    .min(fewest)
    .max(65_536)
    .optional()
    .meta({
      description:
        'The classes, in order: of data that members hold, and of images; of symbols the characters. Images that members hold need them; left out, they are the folders of other images, or counted over the tables of the participants before the first round.',
      examples: [['no', 'yes']],
    });

/** The same words for features and for targets. */
const normalization = (id: string, description: string, each: string, by: number) =>
  choice<NormalizeJob>(
    {
      id,
      description,
      alternatives: {
        none: { schema: z.strictObject({}), description: 'Nothing.', example: 'none' },
        divide: {
          schema: z.strictObject({
            by: z
              .number()
              .refine((value) => value !== 0, 'divided by zero')
              .meta({ description: 'The divisor.', examples: [by] }),
          }),
          shorthand: 'by',
          description: 'Divide by a number.',
          example: `{ divide: ${by} }`,
        },
        standardize: {
          schema: z.strictObject({}),
          description: `Subtract the mean and divide by the standard deviation, per ${each}, of the training rows.`,
          example: 'standardize',
        },
      },
    },
    (kind, options) => ({ kind, ...options }) as NormalizeJob,
  );

export const normalizeSchema = normalization(
  'normalization',
  'What is done to features first. It becomes a part of the model, and of the exported file.',
  'feature',
  255,
);

export const targetNormalizeSchema = normalization(
  'target-normalization',
  'In what form the loss compares numbers. The way back becomes the end of the model, and of the exported file.',
  'column',
  1000,
);

const targetOptions = {
  column: column.optional().meta({
    description: 'The column to predict: its name, or its number from 0 when the file has no header.',
    examples: ['label', 64],
  }),
  columns: columns.optional().meta({
    description:
      'Several columns to predict: numbers, or with type class a class at each of several places (segmentation).',
    examples: [['x', 'y'], [{ from: 64, to: 127 }]],
  }),
  shape: shape.optional().meta({
    description: 'How several columns lie in one example: for a class of each pixel [height, width].',
    examples: [[8, 8]],
  }),
  // One symbol is enough: labels differ by how often it is there. Two of anything else: data-checks.ts.
  classes: classes(1),
  length: z
    .int()
    .positive()
    .max(1024)
    .optional()
    .meta({ description: 'Of symbols: the most that a label has.', examples: [6] }),
  normalize: targetNormalizeSchema.prefault('none').meta({
    description:
      'Of numbers: the loss compares them in this form. Metrics, predictions and the exported model are in the units of the table.',
    examples: ['standardize', { divide: 1000 }],
  }),
};

const target = z
  .strictObject({
    ...targetOptions,
    type: z
      .enum(['class', 'number', 'binary', 'symbols', 'none'])
      .default('class')
      .meta({
        description:
          'One of several classes, a quantity, one of two classes; symbols: a label such as 4071, each of whose characters is one of the classes (loss ctc); none: the features themselves (autoencoder).',
        examples: ['class'],
      }),
  })
  .meta({ description: 'What is predicted.', examples: [{ column: 'label', type: 'class' }] });

const targets = z
  .record(
    outputName,
    z.strictObject({
      ...targetOptions,
      type: z
        .enum(['class', 'number', 'binary', 'symbols'])
        .default('class')
        .meta({
          description:
            'One of several classes, a quantity, one of two classes; symbols: a label such as 4071.',
          examples: ['binary'],
        }),
    }),
  )
  .refine((map) => Object.keys(map).length <= MOST_OUTPUTS, `at most ${MOST_OUTPUTS} outputs`)
  .meta({
    description:
      'What a model of several outputs predicts: a target for each, by the name of the output. With losses, in place of target.',
    examples: [{ digit: { column: 'digit' }, even: { column: 'even', type: 'binary' } }],
  });

const tokens = z.int().positive().max(65_536);

const features = z
  .strictObject({
    columns: columns.optional().meta({
      description: 'Columns to use, in this order. All but the target when left out.',
      examples: [['height', 'weight'], [{ from: 0, to: 63 }]],
    }),
    categories: z
      .array(column)
      .min(1)
      .optional()
      .meta({
        description:
          'Columns of words: each becomes a number, 1 and up for the words of the training rows in order, 0 for any other.',
        examples: [['town', 'colour']],
      }),
    lengths: z
      .union([
        column,
        z.strictObject({
          column: column.meta({ description: 'The column.', examples: ['steps'] }),
          axis: z
            .int()
            .nonnegative()
            .max(7)
            .default(0)
            .meta({ description: 'Along which axis of the shape, from 0.', examples: [2] }),
        }),
      ])
      .transform((given) => (typeof given === 'object' ? given : { column: given, axis: 0 }))
      .optional()
      .meta({
        description:
          'Of labels (type symbols): the column that says how many places of a row count, along the first axis of its shape or along `axis`. It is no feature.',
        examples: ['steps', { column: 'width', axis: 2 }],
      }),
    shape: shape.optional().meta({
      description:
        'Shape of one example, for images [channels, height, width]: image files become as large. One axis when left out.',
      examples: [[1, 28, 28]],
    }),
    text: column.optional().meta({
      description: 'A column of text; its tokens are the features.',
      examples: ['review'],
    }),
    tokenizer: tokenizerSchema.optional().meta({
      description: 'Of a column of text: how it is cut into tokens; bytes when left out.',
      examples: [{ bpe: 512 }],
    }),
    length: tokens.optional().meta({
      description: 'Of a column of text: tokens of one example; longer texts are cut, shorter ones padded.',
      examples: [128],
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

/** A table (`source`) or a text (`text`); which keys go together is for the cross-checks to say. */
export const dataSchema = z
  .strictObject({
    'held-by': z
      .enum(['coordinator', 'members'])
      .default('coordinator')
      .meta({
        description:
          'Who has the rows. members: every participant trains on a table of its own, which stays with it (federated learning); source, if there is one, is held out then.',
        examples: ['members'],
      }),
    source: z
      .string()
      .min(1)
      .optional()
      .meta({
        description: 'A table of rows, or a folder of images, relative to the job file. Either this or text.',
        examples: ['digits.csv.gz', 'flowers'],
      }),
    format,
    target: target.optional(),
    targets: targets.optional(),
    features,
    text: z
      .string()
      .min(1)
      .optional()
      .meta({
        description: 'One long text, gzipped or not, to learn the tokens of. Either this or source.',
        examples: ['shakespeare.txt'],
      }),
    tokenizer: tokenizerSchema.optional().meta({
      description: 'Of a text: how it is cut into tokens; bytes when left out.',
      examples: ['bytes'],
    }),
    context: tokens
      .optional()
      .meta({ description: 'Of a text: tokens that the model sees at once.', examples: [64] }),
    objective: objectiveSchema.optional().meta({
      description: 'Of a text: what is predicted, the next token when left out.',
      examples: [{ masked: 0.15 }],
    }),
    stride: tokens.optional().meta({
      description: 'Of a text: tokens from one window to the next; the context when left out.',
      examples: [32],
    }),
    test: z
      .number()
      .min(0)
      .lt(1)
      .default(0.2)
      .meta({
        description: 'Share of the rows held out for evaluation, [0, 1); of a text, its end.',
        examples: [0.2],
      }),
    licence: z
      .string()
      .optional()
      .meta({
        description: 'Licence of the data; it goes into the exported model.',
        examples: ['CC BY 4.0'],
      }),
  })
  .transform((data): DataJob => {
    const { columns: named, shape, categories, normalize, lengths } = data.features;
    const isLeftOut = named && lengths && !named.includes(lengths.column);
    const columns = isLeftOut ? [...named, lengths.column] : named;
    const features = {
      ...{ columns, shape, normalize },
      ...(categories && { categories }),
      ...(lengths && { lengths }),
    };
    const heldBy = data['held-by'] === 'members' ? ('members' as const) : undefined;
    const common = { features, test: data.test, licence: data.licence, ...(heldBy && { heldBy }) };
    // Of texts that members hold there is none here; the context says that they are texts.
    const isText =
      data.source === undefined &&
      data.target === undefined &&
      data.targets === undefined &&
      data.context !== undefined;
    if (data.text !== undefined || (heldBy && isText)) {
      const context = data.context ?? 0;
      return {
        source: data.text ?? '',
        format: { type: 'text' },
        target: data.objective ?? { type: 'next' },
        tokens: {
          tokenizer: data.tokenizer ?? { kind: 'bytes' },
          length: context,
          stride: data.stride ?? context,
        },
        ...common,
      };
    }
    if (data.format.type === 'images') {
      return {
        source: data.source ?? '',
        format: { type: 'images' },
        target: folders(data.target),
        ...common,
      };
    }
    const { text: textColumn, tokenizer = { kind: 'bytes' as const }, length = 0 } = data.features;
    const { header, delimiter } = data.format;
    return {
      source: data.source ?? '',
      format: { type: 'csv', header, delimiter },
      target: data.targets ? severalJob(data.targets) : targetJob(data.target),
      ...(textColumn !== undefined && { tokens: { tokenizer, length, column: textColumn } }),
      ...common,
    };
  });

type GivenTarget = z.output<typeof targets>[string];

function severalJob(given: z.output<typeof targets>): TargetJob {
  const outputs = Object.entries(given).map(([name, { type, ...one }]) => ({
    name,
    target: type === 'symbols' ? labelTarget(one) : columnTarget({ type, ...one }),
  }));
  return { type: 'several', outputs };
}

function targetJob(given: z.output<typeof target> | undefined): TargetJob {
  const { type = 'class', ...rest }: Partial<NonNullable<typeof given>> = given ?? {};
  if (type === 'none') return { type };
  return type === 'symbols' ? labelTarget(rest) : columnTarget({ type, ...rest });
}

/** What is missing is for the cross-checks to say. */
function labelTarget({
  column: single = '',
  length = 1,
  classes,
}: Partial<Omit<GivenTarget, 'type'>>): SymbolsTargetJob {
  return { type: 'symbols', column: single, length, ...(classes && { classes }) };
}

function columnTarget({
  type,
  column: single,
  columns = [],
  shape,
  classes,
  normalize = { kind: 'none' },
}: Partial<Omit<GivenTarget, 'type'>> & { readonly type: PlacedTargetJob['type'] }): PlacedTargetJob {
  const scale = normalize.kind !== 'none' && { normalize };
  if (single === undefined)
    return { type: type === 'class' ? type : 'number', columns, ...(shape && { shape }), ...scale };
  return { type, column: single, ...(classes && { classes }), ...scale };
}

/** Of images: the folder that each lies in. */
function folders(given: z.output<typeof target> | undefined): TargetJob {
  const { type = 'class', classes } = given ?? {};
  // Labels of symbols are of tables: image-checks.ts says so.
  if (type === 'none' || type === 'symbols') return { type: 'none' };
  return { type, column: CLASS, ...(classes && { classes }) };
}
