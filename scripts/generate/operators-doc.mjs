// docs/operators.md from the rows of shared/autodiff/table.ts.
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { withCompiled } from './compiled.mjs';

const root = fileURLToPath(new URL('../..', import.meta.url));
const OUT = 'docs/operators.md';
const TABLE = 'shared/autodiff/table.ts';

const INTRODUCTION = `# Operators and their gradients

<!-- generated from shared/autodiff by npm run generate: do not edit -->

Every operator of ONNX (opset 20, domain \`ai.onnx\`) that may lie between a weight and the loss, and its
derivative: \`x\`, \`a\`, \`b\` are inputs, \`y\` the output, \`g\` the gradient of the output. Where an input was
broadcast its gradient is summed back. A gradient is made of operators of this list, so it can be differentiated
again. Every row is checked against float64 numbers, on ONNX Runtime's CPU and WASM providers. The forms for WebGPU
use only operators that its provider has; where CPU and WASM have a faster one the row says so.

An operator that is not here raises \`MissingGradientError\` with the node's name, unless no weight lies before it.
`;

async function families() {
  return withCompiled(TABLE, async (load) => (await load(TABLE)).RULE_FAMILIES);
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
