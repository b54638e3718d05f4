// shared/parameters/gen/kernels.ts from shared/parameters/kernels.as.ts.
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { fileURLToPath } from 'node:url';
import asc from 'assemblyscript/asc';

const root = fileURLToPath(new URL('../..', import.meta.url));
const source = 'shared/parameters/kernels.as.ts';

/** The flags: no runtime and no garbage collector, the caller's memory, 128-bit SIMD, optimized for speed. */
const flags = [
  '--runtime',
  'stub',
  '--importMemory',
  '--noExportMemory',
  '--initialMemory',
  '1',
  '--enable',
  'simd',
  '--noAssert',
  '--optimizeLevel',
  '3',
  '--shrinkLevel',
  '0',
  '--converge',
  '--use',
  'abort=',
];

/** Compiles the vector kernels to WebAssembly and wraps the bytes in a module that any bundler can take. */
export async function generate() {
  const output = new Map();
  const { error, stderr } = await asc.main([source, '--outFile', 'kernels.wasm', ...flags], {
    readFile: (name) => readFile(`${root}/${name}`, 'utf8').catch(() => null),
    writeFile: (name, contents) => void output.set(name, contents),
    listFiles: () => [],
  });
  if (error) throw new Error(`${source} does not compile: ${error.message}\n${stderr.toString()}`);
  const base64 = Buffer.from(output.get('kernels.wasm')).toString('base64');
  const lines = base64.match(/.{1,100}/g).map((line) => `  '${line}'`);
  return {
    'shared/parameters/gen/kernels.ts': [
      `// Generated from ${source} by scripts/generate.mjs. Do not edit.`,
      '/** The compiled vector kernels, WebAssembly in base64. */',
      `export const KERNELS_WASM =\n${lines.join(' +\n')};`,
      '',
    ].join('\n'),
  };
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  for (const [path, text] of Object.entries(await generate())) {
    await mkdir(`${root}/${dirname(path)}`, { recursive: true });
    await writeFile(`${root}/${path}`, text);
  }
}
