import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { choices } from '../../../shared/job/choice.ts';
import { jobJsonSchema } from '../../../shared/job/json-schema.ts';
import { optimizerSchema } from '../../../shared/job/optimizer-schema.ts';
import { jobReference } from '../../../shared/job/reference.ts';

const hint = 'npm run generate';

test('the published schema and the reference are current', () => {
  expect(JSON.parse(readFileSync('shared/job/job.schema.json', 'utf8')), hint).toEqual(jobJsonSchema());
  expect(readFileSync('docs/job.md', 'utf8').includes(jobReference()), hint).toBe(true);
});

test('every key has a description and an example', () => {
  const missing: string[] = [];
  const visit = (path: string, value: Record<string, unknown>): void => {
    for (const [key, member] of Object.entries(
      (value['properties'] ?? {}) as Record<string, Record<string, unknown>>,
    )) {
      if (!member['description'] || !Array.isArray(member['examples'])) missing.push(`${path}${key}`);
      visit(`${path}${key}.`, member);
    }
  };
  visit('', jobJsonSchema());
  expect(missing).toEqual([]);
});

test('layers refer to themselves, and choices list their words', () => {
  const { $defs } = jobJsonSchema() as {
    $defs: Record<string, { anyOf: { const?: string; required?: string[] }[] }>;
  };
  expect(JSON.stringify($defs['layer'])).toContain('#/$defs/layer');
  const words = $defs['optimizer']!.anyOf.map((branch) => branch.const ?? branch.required?.[0]);
  const optimizers = Object.keys(choices.get(optimizerSchema)!.alternatives);
  expect(optimizers).toContain('sgd');
  expect(words).toEqual([...optimizers, ...optimizers]);
});
