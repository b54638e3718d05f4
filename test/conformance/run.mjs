// npm run conformance: the specification's own node tests. Options: --only Operator, --short, --update.
import { fileURLToPath } from 'node:url';
import { withCompiled } from '../../scripts/generate/compiled.mjs';

const MAIN = 'test/conformance/main.ts';
const here = fileURLToPath(new URL('.', import.meta.url));

// The runtimes may not be torn down while one of them is still printing.
process.exitCode = await withCompiled(MAIN, async (load) =>
  (await load(MAIN)).main(process.argv.slice(2), here),
);
