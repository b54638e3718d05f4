// docs/operators.md from the rows of shared/autodiff/table.ts and shared/onnx/expand/registry.ts.
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { withCompiled } from './compiled.mjs';

const root = fileURLToPath(new URL('../..', import.meta.url));
const OUT = 'docs/operators.md';
const TABLE = 'shared/autodiff/table.ts';
const EXPANSIONS = 'shared/onnx/expand/registry.ts';

const INTRODUCTION = `# Operators and their gradients

<!-- generated from shared/autodiff by npm run generate: do not edit -->

Every operator of ONNX (opset 20, domain \`ai.onnx\`) that may lie between a weight and the loss, and its
derivative: \`x\`, \`a\`, \`b\` are inputs, \`y\` the output, \`g\` the gradient of the output. Where an input was
broadcast its gradient is summed back. A gradient is made of operators of this list, so it can be differentiated
again. Every row is checked against float64 numbers, on ONNX Runtime's CPU and WASM providers. The forms for WebGPU
use only operators that its provider has; where CPU and WASM have a faster one the row says so.

An operator that is not here raises \`MissingGradientError\` with the node's name, unless no weight lies before it.
`;

const REWRITTEN = `
# Operators that are written as others

When a model file is imported these become operators of the list above (or, like LSTM, stay what they are and are
written out in the training program only). Functions that a model brings are inlined before. What stands here has no
rule of its own; the settings that are covered are said, others are refused with the node's name.
`;

const families = () => withCompiled(TABLE, async (load) => (await load(TABLE)).RULE_FAMILIES);
const expansions = () =>
  withCompiled(EXPANSIONS, async (load) => (await load(EXPANSIONS)).EXPANSION_FAMILIES);

function table(family, heading, rows) {
  const lines = rows
    .toSorted(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, note]) => `| ${name} | ${note.replaceAll('|', '\\|')} |`);
  const title = family[0].toUpperCase() + family.slice(1);
  return `## ${title}\n\n| operator | ${heading} |\n| --- | --- |\n${lines.join('\n')}\n`;
}

export async function generate() {
  const gradients = Object.entries(await families()).map(([family, rows]) =>
    table(
      family,
      'gradient',
      rows.map(({ op, kind, note }) => [op, kind === 'rule' ? note : `${kind}: ${note}`]),
    ),
  );
  const rewritten = Object.entries(await expansions()).map(([family, rows]) =>
    table(
      family,
      'becomes',
      rows.map(({ op, domain, note }) => [domain === '' ? op : `${domain}.${op}`, note]),
    ),
  );
  return { [OUT]: [INTRODUCTION, ...gradients, REWRITTEN.trimStart(), ...rewritten].join('\n') };
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  for (const [path, text] of Object.entries(await generate())) writeFileSync(join(root, path), text);
}
