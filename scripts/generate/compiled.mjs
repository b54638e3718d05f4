// Loads modules of the sources for a generator. They are compiled aside, inside the repository, so that their imports
// find node_modules.
import { execFileSync } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';

const root = fileURLToPath(new URL('../..', import.meta.url));

const GENERATED = ['shared/onnx/gen', 'shared/parameters/gen', 'shared/protocol/gen'];

/**
 * Gives `use` a function that imports a compiled module by its source's path (`shared/job/reference.ts`), which must be
 * an entry or one that an entry imports.
 *
 * @param entries a path, or several
 */
export async function withCompiled(entries, use) {
  const paths = [entries].flat();
  const folder = join(
    root,
    'node_modules/.cache',
    `tributary-${paths[0].replaceAll('/', '-')}-${process.pid}`,
  );
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  try {
    const config = join(folder, 'tsconfig.json');
    writeFileSync(
      config,
      JSON.stringify({
        extends: join(root, 'tsconfig.json'),
        compilerOptions: { outDir: join(folder, 'out'), rootDir: root, noCheck: true, declaration: false },
        files: paths.map((path) => join(root, path)),
        include: [],
      }),
    );
    writeFileSync(join(folder, 'package.json'), '{ "type": "module" }');
    execFileSync(process.execPath, [join(root, 'node_modules/typescript/bin/tsc'), '-p', config], {
      stdio: 'inherit',
    });
    // Generated .js has its own .d.ts, so the compiler leaves it out.
    for (const gen of GENERATED) {
      if (existsSync(join(root, gen))) cpSync(join(root, gen), join(folder, 'out', gen), { recursive: true });
    }
    return await use(
      (source) => import(pathToFileURL(join(folder, 'out', source.replace(/\.ts$/, '.js'))).href),
    );
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
