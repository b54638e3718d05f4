// docs/operators.md from the rows of shared/autodiff/table.ts and shared/onnx/expand/registry.ts.
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { withCompiled } from './compiled.mjs';

const root = fileURLToPath(new URL('../..', import.meta.url));
const OUT = 'docs/operators.md';
const TABLE = 'shared/autodiff/table.ts';
const EXPANSIONS = 'shared/onnx/expand/registry.ts';
const NOT_PORTABLE = 'test/unit/autodiff/not-portable.ts';

const INTRODUCTION = `# Operators and their gradients

<!-- generated from shared/autodiff by npm run generate: do not edit -->

Every operator of ONNX (opset 20, domain \`ai.onnx\`) that may lie between a weight and the loss, and its
derivative: \`x\`, \`a\`, \`b\` are inputs, \`y\` the output, \`g\` the gradient of the output. Where an input was
broadcast its gradient is summed back. A gradient is made of operators of this list, so it can be differentiated
again. Every row is checked against float64 numbers, on ONNX Runtime's CPU and WASM providers. The forms for WebGPU
use only operators that its provider has; where CPU and WASM have a faster one the row says so.

The column *specification* says how many of the specification's own tests of the operator (\`npm run conformance\`:
ONNX 1.12 and 1.23) are run, and of how many the outputs are as stored and the gradient agrees with central
differences; the others are listed with their reasons in test/conformance/expected.json. *webgpu* says whether the
gradient stays on the GPU without one node falling back to the CPU. Models of opset 1 to 28 are brought to opset 20 on
import.

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

const RESULTS = JSON.parse(readFileSync(join(root, 'test/conformance/results.json'), 'utf8'));
const exceptions = () => withCompiled(NOT_PORTABLE, async (load) => (await load(NOT_PORTABLE)).NOT_PORTABLE);

/** `7 of 8`, from the last whole run of the conformance tests. */
function conformance(name) {
  const row = RESULTS[name];
  return row === undefined ? '' : `${row.agree + row.zero} of ${row.tests}`;
}

function table(family, heading, rows, lacking) {
  const lines = rows
    .toSorted(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, note]) => {
      const cells = [name, note.replaceAll('|', '\\|'), conformance(name)];
      if (lacking) cells.push(lacking[name] === undefined ? 'yes' : `no: ${lacking[name]}`);
      return `| ${cells.join(' | ')} |`;
    });
  const title = family[0].toUpperCase() + family.slice(1);
  const head = ['operator', heading, 'specification', ...(lacking ? ['webgpu'] : [])];
  const rule = head.map(() => '---');
  return `## ${title}\n\n| ${head.join(' | ')} |\n| ${rule.join(' | ')} |\n${lines.join('\n')}\n`;
}

export async function generate() {
  const lacking = await exceptions();
  const gradients = Object.entries(await families()).map(([family, rows]) =>
    table(
      family,
      'gradient',
      rows.map(({ op, kind, note }) => [op, kind === 'rule' ? note : `${kind}: ${note}`]),
      family === 'no gradient' ? undefined : lacking,
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
