import { type Engine, EngineError } from './engine.ts';

export const ENGINE_NAMES = ['cpu', 'wasm', 'webgpu', 'cuda', 'tfjs'] as const;
export type EngineName = (typeof ENGINE_NAMES)[number];

export interface EngineOptions {
  /** Threads within an operator; by default the engine's own choice. */
  readonly threads?: number;
}

/**
 * Makes the engine of a name, and loads nothing of the others.
 *
 * @throws EngineError when it is not available on this machine; the message says what would make it so.
 */
export async function createEngine(name: EngineName, options: EngineOptions = {}): Promise<Engine> {
  switch (name) {
    case 'cpu':
    case 'cuda': {
      const { createOnnxRuntimeNode } = await import('./onnxruntime-node.ts');
      return createOnnxRuntimeNode({ provider: name, threads: options.threads });
    }
    case 'webgpu': {
      if (typeof process === 'undefined' || process.versions?.node === undefined) {
        const { createOnnxRuntimeWeb } = await import('./onnxruntime-web.ts');
        return createOnnxRuntimeWeb({ provider: 'webgpu', threads: options.threads });
      }
      const { createOnnxRuntimeNode } = await import('./onnxruntime-node.ts');
      return createOnnxRuntimeNode({ provider: 'webgpu', threads: options.threads });
    }
    case 'wasm': {
      const { createOnnxRuntimeWeb } = await import('./onnxruntime-web.ts');
      return createOnnxRuntimeWeb({ threads: options.threads });
    }
    case 'tfjs': {
      const { createTfjs } = await import('./tfjs/tfjs.ts');
      return createTfjs();
    }
    default:
      throw new EngineError(`There is no engine "${String(name)}"; there are ${ENGINE_NAMES.join(', ')}.`);
  }
}
