// Runs every generator in scripts/generate/ (each writes its files when run by itself; a file that exports
// helpers only does nothing). With --check, says which generated files were not current, and fails.
import { execFileSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));
const SKIP = new Set(['node_modules', 'dist', '.git', 'coverage', 'runs']);

/** Path to contents of everything that is generated: files in a folder `gen`, JSON Schemas, pages and pictures of docs/. */
function generated(directory = root, files = new Map()) {
  for (const name of readdirSync(directory)) {
    const path = join(directory, name);
    if (SKIP.has(name)) continue;
    if (statSync(path).isDirectory()) generated(path, files);
    else if (/[\\/]gen[\\/][^\\/]+$|\.schema\.json$|[\\/]docs[\\/][^\\/]+\.(md|svg)$/.test(path))
      files.set(relative(root, path), readFileSync(path));
  }
  return files;
}

const before = generated();
const parts = join(root, 'scripts/generate');
for (const part of existsSync(parts) ? readdirSync(parts).sort() : []) {
  if (part.endsWith('.mjs'))
    execFileSync(process.execPath, [join(parts, part)], { cwd: root, stdio: 'inherit' });
}
const after = generated();
const changed = [...new Set([...before.keys(), ...after.keys()])].filter(
  (path) => !before.get(path)?.equals(after.get(path) ?? Buffer.alloc(0)),
);
for (const path of changed) console.log(`${before.has(path) ? 'changed' : 'new'}: ${path}`);
if (process.argv.includes('--check') && changed.length > 0) {
  console.error('Generated files were not current. They are now: look at the difference and commit it.');
  process.exit(1);
}
