import { flowYaml } from './flow-yaml.ts';
import { jobJsonSchema } from './json-schema.ts';

type Json = Readonly<Record<string, unknown>>;
type Properties = Readonly<Record<string, Json>>;

/**
 * The reference of all keys of a job file as Markdown, from its JSON Schema.
 *
 * @param schema what `jobJsonSchema` returns
 */
export function jobReference(schema: Json = jobJsonSchema()): string {
  const required = (schema['required'] ?? []) as readonly string[];
  const keys = Object.entries((schema['properties'] ?? {}) as Properties);
  const definitions = Object.entries((schema['$defs'] ?? {}) as Properties);
  return [
    '## All keys',
    '',
    ...table(keys.flatMap(([key, value]) => rows(key, value, required.includes(key)))),
    '',
    ...definitions.flatMap(([name, definition]) => choiceSection(name, definition)),
  ].join('\n');
}

interface Row {
  readonly key: string;
  readonly type: string;
  readonly byDefault: string;
  readonly description: string;
  readonly example: string;
}

function table(lines: readonly Row[]): string[] {
  return [
    '| key | value | default | meaning | example |',
    '| --- | --- | --- | --- | --- |',
    ...lines.map(
      ({ key, type, byDefault, description, example }) =>
        `| \`${key}\` | ${cell(type)} | ${byDefault} | ${cell(description)} | ${example} |`,
    ),
  ];
}

/** A key and the keys inside it. */
function rows(key: string, value: Json, isRequired: boolean): Row[] {
  const examples = (value['examples'] ?? []) as readonly unknown[];
  const byDefault = value['default'];
  const properties = Object.entries((value['properties'] ?? {}) as Properties);
  const inner = (value['required'] ?? []) as readonly string[];
  const empty = typeof byDefault === 'object' && byDefault !== null && Object.keys(byDefault).length === 0;
  const row = {
    key,
    type: typeOf(value),
    byDefault: isRequired ? 'required' : byDefault === undefined || empty ? '' : code(byDefault),
    description: String(value['description'] ?? ''),
    example: examples.length > 0 ? code(examples[0]) : '',
  };
  return [
    row,
    ...properties.flatMap(([name, member]) => rows(`${key}.${name}`, member, inner.includes(name))),
  ];
}

/** One of several things: what each is, and its options. */
function choiceSection(name: string, definition: Json): string[] {
  const branches = (definition['anyOf'] ?? []) as readonly Json[];
  const options = branches.flatMap((branch) => Object.entries((branch['properties'] ?? {}) as Properties));
  return [
    `## ${name}`,
    '',
    String(definition['description'] ?? ''),
    '',
    '| word | meaning | options |',
    '| --- | --- | --- |',
    ...options.map(
      ([word, value]) =>
        `| \`${word}\` | ${cell(String(value['description'] ?? ''))} | ${optionsText(value)} |`,
    ),
    '',
  ];
}

function optionsText(value: Json): string {
  const forms = (value['anyOf'] ?? [value]) as readonly Json[];
  const map = forms.find((form) => form['properties']);
  const short = forms.length > 1 ? `${cell(typeOf(forms[0]!))}, or ` : '';
  const required = (map?.['required'] ?? []) as readonly string[];
  const options = Object.entries((map?.['properties'] ?? {}) as Properties).map(([key, option]) => {
    const byDefault = option['default'];
    const rest = required.includes(key)
      ? ', required'
      : byDefault === undefined
        ? ''
        : `, default ${code(byDefault)}`;
    const meaning = option['description'] ? `: ${cell(String(option['description']))}` : '';
    return `\`${key}\` (${cell(typeOf(option))}${rest})${meaning}`;
  });
  return options.length > 0 ? `${short}${options.join('; ')}` : '';
}

function typeOf(value: Json): string {
  const ref = value['$ref'];
  if (typeof ref === 'string') {
    const name = ref.slice('#/$defs/'.length);
    return `[${name}](#${name})`;
  }
  if (Array.isArray(value['enum'])) return value['enum'].map(code).join(', ');
  if ('const' in value) return code(value['const']);
  if (Array.isArray(value['anyOf'])) return value['anyOf'].map((form) => formOf(form as Json)).join(' or ');
  if (value['type'] === 'array') {
    const first = (value['prefixItems'] as readonly Json[] | undefined)?.[0];
    return `list of ${typeOf(first ?? ((value['items'] || {}) as Json))}`;
  }
  const type = {
    integer: 'whole number',
    number: 'number',
    string: 'text',
    boolean: 'true or false',
    object: 'keys',
  }[String(value['type'])];
  return `${type ?? 'anything'}${range(value)}`;
}

/** One of several forms of a value: of a map its keys are shown, which tell it from the others. */
function formOf(value: Json): string {
  const properties = Object.entries((value['properties'] ?? {}) as Properties);
  if (properties.length === 0) return typeOf(value);
  return `{ ${properties.map(([key, member]) => `${key}: ${typeOf(member)}`).join(', ')} }`;
}

function range(value: Json): string {
  const parts = [
    ['minimum', '≥'],
    ['exclusiveMinimum', '>'],
    ['maximum', '≤'],
    ['exclusiveMaximum', '<'],
  ] as const;
  const bounds = parts.flatMap(([key, sign]) =>
    value[key] === undefined ? [] : [`${sign} ${String(value[key])}`],
  );
  return bounds.length > 0 ? ` ${bounds.join(', ')}` : '';
}

function code(value: unknown): string {
  return `\`${flowYaml(value)}\``;
}

function cell(text: string): string {
  return text.replaceAll('|', '\\|').replaceAll('\n', ' ');
}
