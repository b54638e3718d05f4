// Bundles what runs in browsers into dist/browser/: the library (`tributary-ml/browser`), its worker, and the page that a
// coordinator serves at /join. ONNX Runtime's own files are not copied: a coordinator serves them from the installed package.
import { cpSync, mkdirSync, readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

const root = fileURLToPath(new URL('..', import.meta.url));
const source = join(root, 'worker/browser');
const out = join(root, 'dist/browser');
/** Of the page, beside its script. */
const STATIC = ['index.html', 'page.css', 'icon.svg'];

/** Builds of ONNX Runtime that Node takes and a page never does. */
const nodeOnly = {
  name: 'node-only',
  setup({ onResolve, onLoad }) {
    onResolve({ filter: /^onnxruntime-web$/ }, ({ path }) => ({ path, namespace: 'node-only' }));
    onLoad({ filter: /.*/, namespace: 'node-only' }, ({ path }) => ({
      contents: `throw new Error(${JSON.stringify(`${path} is not part of the bundle for browsers`)});`,
    }));
  },
};

rmSync(out, { recursive: true, force: true });
mkdirSync(out, { recursive: true });
await build({
  absWorkingDir: root,
  entryPoints: {
    tributary: join(source, 'index.ts'),
    trainer: join(source, 'trainer/worker.ts'),
    clock: join(source, 'clock/worker.ts'),
    reader: join(source, 'data/worker.ts'),
    predictor: join(source, 'model/worker.ts'),
    page: join(source, 'page/main.ts'),
  },
  outdir: out,
  bundle: true,
  splitting: true,
  format: 'esm',
  platform: 'browser',
  // What has WebAssembly SIMD and module workers: Chrome 91, Firefox 114, Safari 16.4 and later.
  target: ['chrome91', 'firefox114', 'safari16.4'],
  // ONNX Runtime fetches its files then, instead of carrying a copy of them.
  conditions: ['onnxruntime-web-use-extern-wasm'],
  minify: true,
  legalComments: 'linked',
  chunkNames: 'chunk-[hash]',
  plugins: [nodeOnly],
  logLevel: 'warning',
});
const page = join(source, 'page');
for (const name of readdirSync(page)) if (STATIC.includes(name)) cpSync(join(page, name), join(out, name));
