import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';

/** Where Debian's package libonnx-testdata puts the tests of the specification. */
const DEBIAN = '/usr/share/libonnx-testdata/data/node';

/** A folder of tests, each a folder with a model and its stored inputs and outputs. */
export interface Source {
  readonly name: string;
  readonly folder: string;
}

/**
 * The node tests that are on this machine: folders named by TRIBUTARY_ONNX_TESTS (separated by colons), those of
 * Debian's libonnx-testdata, and those of the Python package onnx (of TRIBUTARY_PYTHON, or python3), which brings
 * them as programs since 1.19: they are written into `cache` once for each version.
 *
 * @param here the folder of the script that writes them.
 */
export function findSources(cache: string, here: string): { sources: Source[]; missing: string[] } {
  const sources: Source[] = [];
  const missing: string[] = [];
  const named = (process.env['TRIBUTARY_ONNX_TESTS'] ?? '').split(':').filter((path) => path !== '');
  for (const folder of named) {
    if (hasTests(folder)) sources.push({ name: folder, folder });
    else missing.push(`TRIBUTARY_ONNX_TESTS names ${folder}, where no test is`);
  }
  if (hasTests(DEBIAN)) sources.push({ name: 'libonnx-testdata', folder: DEBIAN });
  else missing.push("Debian's package libonnx-testdata is not installed");
  const python = pythonTests(cache, here);
  if (typeof python === 'string') missing.push(python);
  else sources.push(python);
  return { sources, missing };
}

function hasTests(folder: string): boolean {
  return (
    existsSync(folder) && readdirSync(folder).some((name) => existsSync(join(folder, name, 'model.onnx')))
  );
}

function pythonTests(cache: string, here: string): Source | string {
  const python = process.env['TRIBUTARY_PYTHON'] ?? 'python3';
  const ask = (...args: string[]) =>
    execFileSync(python, args, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] }).trim();
  try {
    const version = ask('-c', 'import onnx; print(onnx.__version__)');
    const folder = join(cache, `onnx-tests-${version}`);
    if (!existsSync(folder)) {
      const unfinished = `${folder}-${process.pid}`;
      mkdirSync(unfinished, { recursive: true });
      try {
        ask(join(here, 'export-tests.py'), unfinished);
        renameSync(unfinished, folder);
      } finally {
        rmSync(unfinished, { recursive: true, force: true });
      }
    }
    return { name: `onnx ${version}`, folder };
  } catch {
    return `${python} has no package onnx (TRIBUTARY_PYTHON says which Python)`;
  }
}
