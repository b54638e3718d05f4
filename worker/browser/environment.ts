/** What a page needs of its browser, as it is found there. */
export interface Environment {
  /** https, or this machine's own address (HTML, 8.1.3.5): without it a browser holds WebGPU and shared memory back. */
  readonly secure: boolean;
  /** By the headers COOP and COEP: WebAssembly may share memory between threads. */
  readonly isolated: boolean;
  readonly webgpu: boolean;
  readonly wasm: boolean;
  readonly workers: boolean;
  readonly storage: boolean;
  readonly cores: number;
}

export function environment(): Environment {
  const { navigator, isSecureContext, crossOriginIsolated } = globalThis;
  return {
    secure: isSecureContext,
    isolated: crossOriginIsolated === true,
    webgpu: 'gpu' in navigator,
    wasm: typeof WebAssembly === 'object',
    workers: typeof Worker === 'function',
    storage: typeof indexedDB === 'object',
    cores: navigator.hardwareConcurrency ?? 1,
  };
}

export interface Missing {
  /** Nothing can be done without. */
  readonly fatal: boolean;
  readonly text: string;
}

/** What is missing, what of it follows, and what to do. */
export function missing(found: Environment, address: string): readonly Missing[] {
  const lacks: Missing[] = [];
  if (!found.wasm || !found.workers) {
    const text = `It has no ${found.wasm ? 'Web Workers' : 'WebAssembly'}, which everything here computes with. Use a current Firefox, Chrome, Edge or Safari.`;
    lacks.push({ fatal: true, text });
  }
  if (!found.secure) {
    const text =
      `${address} is no secure address, so the browser gives this page no WebGPU and no threads: it computes on one core. ` +
      'Anybody on the way can read what is sent, too. Open it with https (the coordinator: without --insecure, or with --tls-cert and --tls-key), or on the coordinator’s own machine as localhost.';
    lacks.push({ fatal: false, text });
  } else {
    if (!found.isolated) {
      const text =
        'This page is not cross-origin isolated, so WebAssembly has one thread. Serve it with the headers Cross-Origin-Opener-Policy: same-origin and Cross-Origin-Embedder-Policy: require-corp.';
      lacks.push({ fatal: false, text });
    }
    if (!found.webgpu) {
      const text = `There is no WebGPU: it computes on the processor (${found.cores} cores), which is enough for small models.`;
      lacks.push({ fatal: false, text });
    }
  }
  if (!found.storage) {
    const text = 'The browser keeps nothing for this page (a private window?): after a reload it joins anew.';
    lacks.push({ fatal: false, text });
  }
  return lacks;
}
