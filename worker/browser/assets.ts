/** Where this module was loaded from: its workers lie beside it. */
const HERE = new URL('.', import.meta.url).href;

/**
 * The folder with the workers of this library, and with ONNX Runtime's files in `ort/`.
 *
 * @param given for pages whose bundler moved this module away from them
 */
export function assetsFolder(given?: string | URL): string {
  const folder = new URL(given ?? HERE, globalThis.location?.href ?? HERE).href;
  return folder.endsWith('/') ? folder : `${folder}/`;
}

/**
 * Starts a module worker of this library. A page may not start a worker of another origin, but may import one: so a page
 * of its own takes part with nothing but the coordinator's files.
 */
export function startWorker(name: string, assets: string): Worker {
  const url = new URL(`${name}.js`, assets);
  if (url.origin === globalThis.location.origin) return new Worker(url, { type: 'module', name });
  const shim = new Blob([`import ${JSON.stringify(url.href)};`], { type: 'text/javascript' });
  const shimUrl = URL.createObjectURL(shim);
  const worker = new Worker(shimUrl, { type: 'module', name });
  // Loaded by then, or never.
  worker.addEventListener('message', () => URL.revokeObjectURL(shimUrl), { once: true });
  return worker;
}

/** What is used of the global scope inside a worker: the DOM's types describe a page's. */
export interface WorkerScope {
  postMessage(message: unknown, transfer?: readonly Transferable[]): void;
  onmessage: ((event: { readonly data: unknown }) => void) | null;
}

export const workerScope = globalThis as unknown as WorkerScope;
