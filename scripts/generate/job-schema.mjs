// Writes shared/job/job.schema.json and the key reference in docs/job.md from the schema in shared/job.
import { execFileSync } from 'node:child_process';
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';

const root = fileURLToPath(new URL('../..', import.meta.url));
const SCHEMA = 'shared/job/job.schema.json';
const REFERENCE = 'docs/job.md';
/** Everything after this line of docs/job.md is generated. */
const MARK = '<!-- generated from shared/job/schema.ts by npm run generate: do not edit below -->';

/** Path to text of each file. */
export async function generate() {
  // Inside the repository, so that the compiled files find node_modules.
  const folder = join(root, 'node_modules/.cache/tributary-job-schema');
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  try {
    const config = join(folder, 'tsconfig.json');
    writeFileSync(
      config,
      JSON.stringify({
        extends: join(root, 'tsconfig.json'),
        compilerOptions: { outDir: join(folder, 'out'), rootDir: root, noCheck: true, declaration: false },
        files: [join(root, 'shared/job/reference.ts')],
        include: [],
      }),
    );
    writeFileSync(join(folder, 'package.json'), '{ "type": "module" }');
    execFileSync(process.execPath, [join(root, 'node_modules/typescript/bin/tsc'), '-p', config], {
      stdio: 'inherit',
    });
    const load = (path) => import(pathToFileURL(join(folder, 'out/shared/job', path)).href);
    const { jobJsonSchema } = await load('json-schema.js');
    const { jobReference } = await load('reference.js');
    const written = readFileSync(join(root, REFERENCE), 'utf8').split(MARK)[0];
    const schema = jobJsonSchema();
    return {
      [SCHEMA]: `${JSON.stringify(schema, undefined, 2)}\n`,
      [REFERENCE]: `${written}${MARK}\n\n${jobReference(schema)}`,
    };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  for (const [path, text] of Object.entries(await generate())) writeFileSync(join(root, path), text);
}
