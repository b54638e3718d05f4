import { execFileSync } from 'node:child_process';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('../..', import.meta.url));

/**
 * Static ES module code for one .proto file, with its .d.ts beside it. `rootName` keeps its messages apart from
 * those of other generated files, which share one registry inside protobufjs.
 */
export function generateProtobuf({ proto, out, rootName }) {
  mkdirSync(`${root}/${dirname(out)}`, { recursive: true });
  const pbjs = createRequire(import.meta.url).resolve('protobufjs-cli/bin/pbjs');
  const options = [
    ...['--target', 'static-module', '--wrap', 'esm', '--dependency', 'protobufjs/minimal.js'],
    ...['--root', rootName, '--dts', '--out', out],
    ...['--no-create', '--no-verify', '--no-convert', '--no-delimited', '--no-typeurl', '--no-service'],
  ];
  execFileSync(process.execPath, [pbjs, ...options, proto], {
    cwd: root,
    stdio: ['ignore', 'ignore', 'inherit'],
  });
  const header = `// Generated from ${proto} by scripts/generate.mjs. Do not edit.\n`;
  const code = readFileSync(`${root}/${out}`, 'utf8');
  // The comments are types for tools that read JSDoc; the .d.ts says the same, so they only cost bytes.
  writeFileSync(
    `${root}/${out}`,
    header + code.replace(/^\s*\/\*\*[\s\S]*?\*\/\n/gm, '').replace(/\n{3,}/g, '\n\n'),
  );
  const types = `${root}/${out.replace(/\.js$/, '.d.ts')}`;
  // `import = require` is not allowed in an ES module's declarations.
  const declarations = readFileSync(types, 'utf8').replace(
    'import Long = require("long");',
    'import type Long from "long";',
  );
  writeFileSync(types, header + declarations);
}
