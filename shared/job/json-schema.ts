import { z } from 'zod';
import { type Choice, choices } from './choice.ts';
import { jobSchema } from './schema.ts';

type Json = Readonly<Record<string, unknown>>;

/** The JSON Schema of a job file, for editors: what people write, before defaults are filled in. */
export function jobJsonSchema(): Json {
  const definitions = new Map<string, Json>();
  const root = convert(jobSchema, definitions);
  const sorted = [...definitions].sort(([a], [b]) => (a < b ? -1 : 1));
  return {
    $schema: 'https://json-schema.org/draft/2020-12/schema',
    title: 'Tributary job',
    description: 'What to train, on which data, and how members train it together.',
    ...root,
    oneOf: [{ required: ['epochs'] }, { required: ['rounds'] }],
    anyOf: [{ required: ['loss'] }, { required: ['losses'] }],
    $defs: Object.fromEntries(sorted),
  };
}

function convert(schema: z.core.$ZodType, definitions: Map<string, Json>): Json {
  const { $schema: _, ...json } = z.toJSONSchema(schema, {
    io: 'input',
    unrepresentable: 'any',
    reused: 'inline',
    override: ({ zodSchema, jsonSchema }) => {
      // Zod drops examples of what is transformed, as they might be of the result; ours are of the file.
      const examples = z.globalRegistry.get(zodSchema as z.core.$ZodType)?.['examples'];
      if (examples) jsonSchema.examples = examples as never;
      const definition = choices.get(zodSchema as z.core.$ZodType);
      if (definition) jsonSchema.$ref = reference(definition, definitions);
    },
  }) as Json & { $schema?: string };
  return withoutMachineLimits(json) as Json;
}

/** A choice becomes a definition of its own: `layer` refers to itself. */
function reference(definition: Choice, definitions: Map<string, Json>): string {
  const ref = `#/$defs/${definition.id}`;
  if (definitions.has(definition.id)) return ref;
  definitions.set(definition.id, {});
  const branches = Object.entries(definition.alternatives).map(([word, alternative]) => {
    const options = convert(alternative.schema, definitions);
    const properties = (options['properties'] ?? {}) as Readonly<Record<string, Json>>;
    const value = alternative.shorthand ? properties[alternative.shorthand] : undefined;
    const bare = alternative.schema.safeParse({}).success;
    return {
      word,
      bare,
      schema: {
        type: 'object',
        properties: {
          [word]: {
            description: alternative.description,
            ...(value ? { anyOf: [value, options] } : options),
          },
          ...(alternative.beside ? (convert(alternative.beside, definitions)['properties'] as Json) : {}),
        },
        required: [word],
        additionalProperties: false,
      },
      text: { const: word, description: alternative.description },
    };
  });
  definitions.set(definition.id, {
    description: definition.description,
    anyOf: [
      ...branches.filter(({ bare }) => bare).map(({ text }) => text),
      ...branches.map(({ schema }) => schema),
    ],
  });
  return ref;
}

/** Zod bounds every whole number by what a double holds exactly; in a schema for people that is noise. */
function withoutMachineLimits(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withoutMachineLimits);
  if (typeof value !== 'object' || value === null) return value;
  const entries = Object.entries(value)
    .filter(
      ([key, member]) =>
        !(
          /^(exclusive)?(minimum|maximum)$/i.test(key) && Math.abs(Number(member)) === Number.MAX_SAFE_INTEGER
        ),
    )
    .map(([key, member]) => [key, withoutMachineLimits(member)] as const);
  return Object.fromEntries(entries);
}
