import { z } from 'zod';
import { activationSchema } from './mlp.ts';
import { type ModelData, model } from './model-row.ts';

/** A column of whole numbers 0 to categories - 1, which are looked up in a table of vectors; columns of words are among them. */
const categorical = z
  .array(
    z.strictObject({
      column: z.int().nonnegative(),
      categories: z.int().positive(),
      size: z.int().positive().optional(),
    }),
  )
  .default([]);
type Categorical = z.output<typeof categorical>;

const hidden = z.array(z.int().positive()).default([64, 32]);

/** Guo and Berkhahn 2016: vectors for categories beside the numbers, then dense layers. */
export const tabular = model({
  schema: z.strictObject({
    categorical,
    hidden,
    activation: activationSchema,
    dropout: z.number().min(0).lt(1).default(0),
  }),
  description:
    'Tables with categories: a learned vector for each category beside the numbers, then dense layers.',
  example: '{ tabular: { categorical: [{ column: 3, categories: 12 }], hidden: [64, 32] } }',
  layers: (options, shape, outputs, data) => [
    ...deep({ ...options, categorical: all(options.categorical, data) }, shape),
    { dense: outputs },
  ],
});

/** Cheng et al. 2016: a linear model that remembers beside a deep one that generalises. */
export const wideAndDeep = model({
  schema: z.strictObject({
    categorical,
    hidden,
    activation: activationSchema,
    dropout: z.number().min(0).lt(1).default(0),
  }),
  description: 'A linear model of numbers and categories, added to dense layers over their vectors.',
  example: '{ wide-and-deep: { categorical: [{ column: 3, categories: 12 }], hidden: [64, 32] } }',
  layers: (given, shape, outputs, data) => {
    const options = { ...given, categorical: all(given.categorical, data) };
    const wide = options.categorical.flatMap(({ column, categories }, index) => [
      { from: 'features' },
      { columns: [column] },
      { embedding: { size: outputs, vocabulary: categories, initializer: 'zeros' } },
      'flatten',
      { label: `wide${index}` },
    ]);
    return [
      { label: 'start' },
      ...wide,
      { from: 'start' },
      ...deep(options, shape),
      { dense: outputs },
      ...(options.categorical.length > 0
        ? [{ add: options.categorical.map((_, index) => `wide${index}`) }]
        : []),
    ];
  },
});

const tower = z.array(z.int().nonnegative()).min(1);

/** Covington et al. 2016, Yi et al. 2019: the score of a pair is the dot product of two towers' vectors. */
export const twoTower = model({
  schema: z.strictObject({
    left: tower,
    right: tower,
    categorical,
    hidden,
    size: z.int().positive().default(16),
    activation: activationSchema,
  }),
  description:
    'The score of a pair (user and item): the dot product of two vectors, each made from columns of its own.',
  example:
    '{ two-tower: { left: [0], right: [1], categorical: [{ column: 0, categories: 50 }, { column: 1, categories: 80 }] } }',
  layers({ left, right, size, categorical: given, ...rest }, shape, _outputs, data) {
    const known = all(given, data);
    const side = (own: readonly number[], prefix: string) => [
      ...deep(
        { ...rest, dropout: 0, categorical: known.filter(({ column }) => own.includes(column)) },
        shape,
        own,
        prefix,
      ),
      { dense: size },
    ];
    return [
      { label: 'start' },
      ...side(left, 'left'),
      { label: 'left' },
      { from: 'start' },
      ...side(right, 'right'),
      { dot: 'left' },
    ];
  },
});

/** What the job says, and columns of words (`data.features.categories`) of which it says nothing. */
function all(given: Categorical, { features }: ModelData): Categorical {
  const words = (features.categories ?? []).filter(
    ({ column }) => !given.some((other) => other.column === column),
  );
  return [...given, ...words.map(({ column, size }) => ({ column, categories: size }))];
}

interface Deep {
  readonly categorical: Categorical;
  readonly hidden: readonly number[];
  readonly activation: string;
  readonly dropout: number;
}

/** Vectors of categories and normalised numbers, joined, then dense layers. Categories are read from the raw features. */
function deep(
  { categorical: known, hidden: units, activation, dropout }: Deep,
  shape: readonly number[],
  own: readonly number[] = Array.from({ length: shape[0] ?? 0 }, (_, column) => column),
  prefix = 'column',
): unknown[] {
  const numbers = own.filter((column) => !known.some((other) => other.column === column));
  const label = (column: number) => `${prefix}-${column}`;
  const vectors = known.flatMap(({ column, categories, size }) => [
    { from: 'features' },
    { columns: [column] },
    // The rule of thumb of Guo and Berkhahn's successors: half as many numbers as categories, 50 at most.
    { embedding: { size: size ?? Math.min(50, Math.ceil(categories / 2)), vocabulary: categories } },
    'flatten',
    { label: label(column) },
  ]);
  const [first, ...others] = known.map(({ column }) => label(column));
  const joined =
    first === undefined
      ? []
      : numbers.length > 0
        ? [{ concatenate: [first, ...others] }]
        : others.length > 0
          ? [{ concatenate: others }]
          : [];
  const start = numbers.length > 0 ? [{ columns: numbers }] : [{ from: first }];
  return [
    ...(known.length > 0 ? [{ label: `${prefix}-numbers` }, ...vectors, { from: `${prefix}-numbers` }] : []),
    ...start,
    ...joined,
    ...units.flatMap((count) => [{ dense: count }, activation, ...(dropout > 0 ? [{ dropout }] : [])]),
  ];
}
