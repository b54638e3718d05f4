import { flowYaml } from './flow-yaml.ts';
import { jobJsonSchema } from './json-schema.ts';
import type { Path } from './locate.ts';

type Json = Readonly<Record<string, unknown>>;

/**
 * A key of the job file with a value of the right form, `columns: [height, weight]`, from the schema's examples.
 *
 * @param path of the value; undefined is returned where the schema has no example for it
 */
export function exampleOf(path: Path): string | undefined {
  const root = jobJsonSchema();
  const definitions = (root['$defs'] ?? {}) as Readonly<Record<string, Json>>;
  let forms: readonly Json[] = [root];
  for (const part of path) forms = forms.flatMap((form) => inside(form, part, definitions));
  const key = path.at(-1);
  const examples = forms.flatMap((form) => (form['examples'] ?? []) as readonly unknown[]);
  const known = forms.map((form) => exampleIn(form, definitions)).find((one) => one !== undefined);
  const example = examples[0] ?? known;
  if (example === undefined || key === undefined) return undefined;
  return typeof key === 'number' ? `- ${flowYaml(example)}` : `${String(key)}: ${flowYaml(example)}`;
}

/** Of what has no example of its own: one for each key that is wanted, or an entry. */
function exampleIn(form: Json, definitions: Readonly<Record<string, Json>>): unknown {
  const properties = Object.entries((form['properties'] ?? {}) as Readonly<Record<string, Json>>);
  const required = (form['required'] ?? []) as readonly string[];
  const own = properties.flatMap(([key, value]) => {
    const [example] = (value['examples'] ?? []) as readonly unknown[];
    return example === undefined || (required.length > 0 && !required.includes(key)) ? [] : [[key, example]];
  });
  if (own.length > 0) return Object.fromEntries(own) as unknown;
  return alternatives(form, definitions)
    .filter((one) => one !== form)
    .map((one) => exampleIn(one, definitions))
    .find((one) => one !== undefined);
}

/** A form, what it refers to, and each of several forms of a value. */
function alternatives(form: Json, definitions: Readonly<Record<string, Json>>): readonly Json[] {
  const ref = form['$ref'];
  const meant = typeof ref === 'string' ? definitions[ref.slice('#/$defs/'.length)] : undefined;
  const several = ['anyOf', 'allOf', 'oneOf'].flatMap((key) => (form[key] ?? []) as readonly Json[]);
  return [form, ...(meant ? alternatives(meant, definitions) : []), ...several];
}

function inside(form: Json, part: PropertyKey, definitions: Readonly<Record<string, Json>>): Json[] {
  return alternatives(form, definitions).flatMap((one) => {
    const properties = (one['properties'] ?? {}) as Readonly<Record<PropertyKey, Json>>;
    if (typeof part === 'number') {
      const items = one['items'];
      return typeof items === 'object' && items !== null ? [items as Json] : [];
    }
    if (Object.hasOwn(properties, part)) return [properties[part]!];
    const others = one['additionalProperties'];
    return typeof others === 'object' && others !== null ? [others as Json] : [];
  });
}
