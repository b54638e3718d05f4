import { readdirSync } from 'node:fs';
import type { RequestListener } from 'node:http';
import { createRequire } from 'node:module';
import { fileURLToPath } from 'node:url';
import { StaticFiles } from './static-files.ts';

/** Where the page is, on the port of WebSocket. */
export const JOIN_PATH = '/join/';

/** What `scripts/build-browser.mjs` makes, from the compiled program or from source. */
const BUNDLE = fileURLToPath(
  new URL(import.meta.url.endsWith('.ts') ? '../../dist/browser/' : '../../browser/', import.meta.url),
);

/** ONNX Runtime's own files, from the installed package: with WebGPU, and without. */
const RUNTIME = ['ort-wasm-simd-threaded', 'ort-wasm-simd-threaded.asyncify'].flatMap((name) => [
  `${name}.mjs`,
  `${name}.wasm`,
]);

/** Only what is served here runs and is talked to. WebAssembly is compiled; no text is evaluated. */
const POLICY = [
  "default-src 'none'",
  "script-src 'self' 'wasm-unsafe-eval'",
  // ONNX Runtime's threads.
  "worker-src 'self' blob:",
  "style-src 'self'",
  "img-src 'self' blob: data:",
  "connect-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join('; ');

const HEADERS = {
  'content-security-policy': POLICY,
  // Isolated (HTML, 7.1.3): only then may WebAssembly share memory between threads.
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-embedder-policy': 'require-corp',
  // A person's own page may load the library from here.
  'cross-origin-resource-policy': 'cross-origin',
  'access-control-allow-origin': '*',
  'referrer-policy': 'no-referrer',
};

/** Answers requests for the page by which a browser joins a run, and for what it loads. */
export function joinPage(): RequestListener {
  const files = new Map<string, string>();
  for (const name of bundle()) files.set(JOIN_PATH + (name === 'index.html' ? '' : name), BUNDLE + name);
  const { resolve } = createRequire(import.meta.url);
  for (const name of RUNTIME) files.set(`${JOIN_PATH}ort/${name}`, resolve(`onnxruntime-web/${name}`));
  const moved = new Map([
    ['/', 'join/'],
    ['/join', 'join/'],
  ]);
  return new StaticFiles(files, HEADERS, moved).listener;
}

/** Nothing, when the program runs from source and was not built. */
function bundle(): readonly string[] {
  try {
    return readdirSync(BUNDLE);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return [];
    throw error;
  }
}
