// Imports point one way only: this is the architecture of docs/architecture.md, checked. `npm run lint` calls it.
import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));

/** Folder to the folders that it may import, beside itself. */
const MAY_IMPORT = {
  shared: [],
  engines: ['shared'],
  node: ['shared'],
  coordinator: ['shared', 'engines', 'node'],
  worker: ['shared', 'engines', 'node'],
  simulation: ['shared', 'engines', 'node', 'coordinator', 'worker'],
  launch: ['shared', 'engines', 'node', 'coordinator', 'worker'],
  cli: ['shared', 'engines', 'node', 'coordinator', 'worker', 'simulation', 'launch'],
  bench: ['shared', 'engines', 'node', 'coordinator', 'worker', 'simulation', 'launch', 'cli'],
};

/** Inside shared, a stretch of the way may import those that come before it. */
const SHARED_MAY_IMPORT = {
  onnx: [],
  parameters: ['onnx'],
  autodiff: ['onnx'],
  job: ['nn', 'data', 'onnx', 'parameters'],
  data: ['onnx', 'job', 'parameters'],
  nn: ['onnx', 'autodiff', 'parameters', 'job'],
  programs: ['onnx', 'nn', 'parameters', 'job', 'data', 'autodiff'],
  protocol: ['parameters'],
};

const IMPORT = /(?:from|import)\s*\(?\s*'([^']+)'/g;

function* sources(folder) {
  for (const entry of readdirSync(folder, { withFileTypes: true })) {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) {
      if (entry.name !== 'gen') yield* sources(path);
    } else if (/\.ts$/.test(entry.name) && !/\.as\.ts$/.test(entry.name)) yield path;
  }
}

const problems = [];
for (const [folder, allowed] of Object.entries(MAY_IMPORT)) {
  for (const file of sources(join(root, folder))) {
    for (const [, target] of readFileSync(file, 'utf8').matchAll(IMPORT)) {
      const where = relative(root, file);
      if (folder === 'shared' && target.startsWith('node:')) {
        problems.push(`${where}: '${target}': shared runs in browsers too, so it has no Node modules`);
      }
      if (!target.startsWith('.')) continue;
      const [other, part] = relative(root, resolve(dirname(file), target)).split('/');
      if (other !== folder && !allowed.includes(other)) {
        problems.push(`${where}: '${target}': ${folder}/ may import ${[folder, ...allowed].join(', ')} only`);
      }
      const own = where.split('/')[1];
      if (
        folder === 'shared' &&
        other === 'shared' &&
        part !== own &&
        own in SHARED_MAY_IMPORT &&
        part in SHARED_MAY_IMPORT
      ) {
        if (!SHARED_MAY_IMPORT[own].includes(part)) {
          problems.push(
            `${where}: '${target}': shared/${own} may import ${SHARED_MAY_IMPORT[own].map((name) => `shared/${name}`).join(', ') || 'nothing else of shared'}`,
          );
        }
      }
    }
  }
}
for (const problem of problems) console.error(problem);
console.log(
  `imports: ${problems.length === 0 ? 'every one points the right way' : `${problems.length} point the wrong way`}`,
);
process.exitCode = problems.length === 0 ? 0 : 1;
