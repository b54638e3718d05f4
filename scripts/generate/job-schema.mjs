// Writes shared/job/job.schema.json and the key reference in docs/job.md from the schema in shared/job.
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { withCompiled } from './compiled.mjs';

const root = fileURLToPath(new URL('../..', import.meta.url));
const SCHEMA = 'shared/job/job.schema.json';
const REFERENCE = 'docs/job.md';
/** Everything after this line of docs/job.md is generated. */
const MARK = '<!-- generated from shared/job/schema.ts by npm run generate: do not edit below -->';

/** Path to text of each file. */
export async function generate() {
  return withCompiled('shared/job/reference.ts', async (load) => {
    const { jobJsonSchema } = await load('shared/job/json-schema.ts');
    const { jobReference } = await load('shared/job/reference.ts');
    const written = readFileSync(join(root, REFERENCE), 'utf8').split(MARK)[0];
    const schema = jobJsonSchema();
    return {
      [SCHEMA]: `${JSON.stringify(schema, undefined, 2)}\n`,
      [REFERENCE]: `${written}${MARK}\n\n${jobReference(schema)}`,
    };
  });
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  for (const [path, text] of Object.entries(await generate())) writeFileSync(join(root, path), text);
}
