type Schema = Readonly<Record<string, unknown>>;
type Check = (expected: never, value: unknown, check: Context) => boolean;

interface Context {
  readonly schema: Schema;
  valid(schema: Schema, value: unknown): boolean;
}

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

const TYPES: Readonly<Record<string, (value: unknown) => boolean>> = {
  object: isObject,
  array: Array.isArray,
  string: (value) => typeof value === 'string',
  number: (value) => typeof value === 'number',
  integer: Number.isInteger,
  boolean: (value) => typeof value === 'boolean',
  null: (value) => value === null,
};

const ofNumber =
  (holds: (value: number, bound: number) => boolean) =>
  (bound: number, value: unknown): boolean =>
    typeof value !== 'number' || holds(value, bound);

const annotation = (): boolean => true;

/** The keywords that our schemas use, as JSON Schema 2020-12 defines them; any other is an error of the test. */
const KEYWORDS: Readonly<Record<string, Check>> = {
  $schema: annotation,
  $defs: annotation,
  title: annotation,
  description: annotation,
  examples: annotation,
  default: annotation,
  type: (type: string | string[], value) => [type].flat().some((name) => TYPES[name]!(value)),
  const: (expected: unknown, value) => expected === value,
  enum: (allowed: unknown[], value) => allowed.includes(value),
  anyOf: (branches: Schema[], value, { valid }) => branches.some((branch) => valid(branch, value)),
  oneOf: (branches: Schema[], value, { valid }) =>
    branches.filter((branch) => valid(branch, value)).length === 1,
  allOf: (branches: Schema[], value, { valid }) => branches.every((branch) => valid(branch, value)),
  required: (keys: string[], value) => !isObject(value) || keys.every((key) => Object.hasOwn(value, key)),
  properties: (properties: Record<string, Schema>, value, { valid }) =>
    !isObject(value) ||
    Object.entries(value).every(([key, member]) => !properties[key] || valid(properties[key], member)),
  additionalProperties: (extra: Schema | boolean, value, { schema, valid }) =>
    !isObject(value) ||
    Object.entries(value).every(([key, member]) => {
      if (Object.hasOwn((schema['properties'] ?? {}) as object, key)) return true;
      return typeof extra === 'boolean' ? extra : valid(extra, member);
    }),
  propertyNames: (names: Schema, value, { valid }) =>
    !isObject(value) || Object.keys(value).every((key) => valid(names, key)),
  items: (items: Schema, value, { valid }) =>
    !Array.isArray(value) || value.every((item) => valid(items, item)),
  minItems: (least: number, value) => !Array.isArray(value) || value.length >= least,
  maxItems: (most: number, value) => !Array.isArray(value) || value.length <= most,
  minLength: (least: number, value) => typeof value !== 'string' || value.length >= least,
  maxLength: (most: number, value) => typeof value !== 'string' || value.length <= most,
  pattern: (pattern: string, value) => typeof value !== 'string' || new RegExp(pattern, 'u').test(value),
  minimum: ofNumber((value, bound) => value >= bound),
  maximum: ofNumber((value, bound) => value <= bound),
  exclusiveMinimum: ofNumber((value, bound) => value > bound),
  exclusiveMaximum: ofNumber((value, bound) => value < bound),
};

/** Whether a value is valid under a schema, whose references point into `root`'s `$defs`. */
export function isValid(root: Schema, value: unknown, schema: Schema = root): boolean {
  const valid = (inner: Schema, part: unknown): boolean => isValid(root, part, inner);
  return Object.entries(schema).every(([keyword, expected]) => {
    if (keyword === '$ref') {
      const name = String(expected).replace('#/$defs/', '');
      return valid((root['$defs'] as Record<string, Schema>)[name]!, value);
    }
    const check = KEYWORDS[keyword];
    if (!check) throw new Error(`the validator of the tests does not know the keyword '${keyword}'`);
    return check(expected as never, value, { schema, valid });
  });
}
