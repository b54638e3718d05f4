// docs/operators.md from the rows of shared/autodiff/table.ts.
import { execFileSync } from 'node:child_process';
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';

const root = fileURLToPath(new URL('../..', import.meta.url));
const OUT = 'docs/operators.md';

const INTRODUCTION = `# Operators and their gradients

<!-- generated from shared/autodiff by npm run generate: do not edit -->

Every operator of ONNX (opset 20, domain \`ai.onnx\`) that may lie between a weight and the loss, and its
derivative: \`x\`, \`a\`, \`b\` are inputs, \`y\` the output, \`g\` the gradient of the output. Where an input was
broadcast its gradient is summed back. A gradient is made of operators of this list, so it can be differentiated
again. Every row is checked against float64 numbers, on ONNX Runtime's CPU and WASM providers. The forms for WebGPU
use only operators that its provider has; where CPU and WASM have a faster one the row says so.

An operator that is not here raises \`MissingGradientError\` with the node's name, unless no weight lies before it.
`;

/** The registry, compiled aside (inside the repository, so that imports find node_modules). */
async function families() {
  const folder = join(root, 'node_modules/.cache/tributary-operators-doc');
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  try {
    const config = join(folder, 'tsconfig.json');
    writeFileSync(
      config,
      JSON.stringify({
        extends: join(root, 'tsconfig.json'),
        compilerOptions: { outDir: join(folder, 'out'), rootDir: root, noCheck: true, declaration: false },
        files: [join(root, 'shared/autodiff/table.ts')],
        include: [],
      }),
    );
    writeFileSync(join(folder, 'package.json'), '{ "type": "module" }');
    execFileSync(process.execPath, [join(root, 'node_modules/typescript/bin/tsc'), '-p', config], {
      stdio: 'inherit',
    });
    const table = await import(pathToFileURL(join(folder, 'out/shared/autodiff/table.js')).href);
    return table.RULE_FAMILIES;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

export async function generate() {
  const sections = Object.entries(await families()).map(([family, rows]) => {
    const lines = [...rows]
      .sort((a, b) => (a.op < b.op ? -1 : 1))
      .map(({ op, kind, note }) => {
        const gradient = kind === 'rule' ? note : `${kind}: ${note}`;
        return `| ${op} | ${gradient.replaceAll('|', '\\|')} |`;
      });
    const title = family[0].toUpperCase() + family.slice(1);
    return `## ${title}\n\n| operator | gradient |\n| --- | --- |\n${lines.join('\n')}\n`;
  });
  return { [OUT]: `${INTRODUCTION}\n${sections.join('\n')}` };
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  for (const [path, text] of Object.entries(await generate())) writeFileSync(join(root, path), text);
}
