// Copies into dist/ what the compiler leaves out: generated .js that has its own .d.ts, JSON Schemas, static
// pages, and .d.ts files that compiled declarations point to.
import { cpSync, existsSync, mkdirSync, readdirSync, statSync } from 'node:fs';
import { dirname, extname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));
const FOLDERS = ['shared', 'engines', 'node', 'coordinator', 'worker', 'simulation', 'cli', 'bench'];
const COMPILED = new Set(['.ts', '.tsx', '.md']);

function copy(directory) {
  for (const name of readdirSync(directory)) {
    const path = join(directory, name);
    const target = join(root, 'dist', relative(root, path));
    if (statSync(path).isDirectory()) copy(path);
    else if (name.endsWith('.d.ts') || !COMPILED.has(extname(name))) {
      if (/^(results|tsconfig)\.json$/.test(name)) continue;
      mkdirSync(dirname(target), { recursive: true });
      cpSync(path, target);
    }
  }
}

for (const folder of FOLDERS) if (existsSync(join(root, folder))) copy(join(root, folder));
