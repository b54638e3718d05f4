import { MOST_BYTES } from '../shared/onnx/structure.ts';
import { type Engine, EngineError } from './engine.ts';
import { messageOf } from './message.ts';
import { engineOn, type Runtime } from './onnxruntime.ts';

export interface OnnxRuntimeWebOptions {
  /** 'wasm' by default; 'webgpu' in a browser only (in Node, onnxruntime-node has it). */
  readonly provider?: 'wasm' | 'webgpu';
  /**
   * Threads of the WebAssembly runtime, 1 by default. One runtime serves all engines of a realm, so the first
   * engine decides. In a page, more than one needs cross-origin isolation (COOP and COEP headers).
   */
  readonly threads?: number;
  /** URL of the folder that a page fetches the runtime's .wasm and .mjs from; by default, beside the script. */
  readonly files?: string;
}

type OnnxRuntimeWeb = typeof import('onnxruntime-web');

/** The number of threads that the runtime of this realm was started with; it is started once. */
let startedWith: number | undefined;

/**
 * ONNX Runtime's WebAssembly build, in browsers and in Node. Its files come from the installed package.
 *
 * @throws EngineError when the provider is not available here.
 */
export async function createOnnxRuntimeWeb(options: OnnxRuntimeWebOptions = {}): Promise<Engine> {
  const { provider = 'wasm' } = options;
  if (provider === 'webgpu' && (inNode() || !('gpu' in navigator))) {
    throw new EngineError(
      "The execution provider 'webgpu' of onnxruntime-web needs a browser with WebGPU in a secure context " +
        '(https, or localhost). In Node take onnxruntime-node; elsewhere use the wasm engine.',
    );
  }
  const ort = await load(provider);
  startedWith ??= usableThreads(options.threads ?? 1);
  ort.env.wasm.numThreads = startedWith;
  if (options.files !== undefined) ort.env.wasm.wasmPaths = options.files;
  ort.env.logLevel = 'error';
  const runtime: Runtime = {
    info: {
      name: 'onnxruntime-web',
      provider,
      version: ort.env.versions.web ?? 'unknown',
      threads: startedWith,
      // It is given a program as one message.
      mostConstants: MOST_BYTES,
    },
    target: provider,
    Tensor: ort.Tensor,
    writesInPlace: false,
    ...(provider === 'webgpu' && { hasFloat16: adapterHasFloat16 }),
    createSession: (bytes, { quiet }) =>
      ort.InferenceSession.create(bytes, {
        executionProviders: [provider],
        executionMode: 'sequential',
        graphOptimizationLevel: 'all',
        enableCpuMemArena: true,
        enableMemPattern: true,
        logSeverityLevel: quiet ? 4 : 3,
        // As the Node engine has it: weights beside fake quantisation stay floats.
        extra: { session: { disable_quant_qdq: '1' } },
      }),
  };
  return engineOn(runtime);
}

function inNode(): boolean {
  const { process } = globalThis as { process?: { versions?: { node?: string } } };
  return process?.versions?.node !== undefined;
}

/** What is tried in vain is written to the page's console. */
async function adapterHasFloat16(): Promise<boolean> {
  const { gpu } = navigator as { gpu?: { requestAdapter(): Promise<Adapter | null> } };
  return (await gpu?.requestAdapter())?.features.has('shader-f16') ?? false;
}

interface Adapter {
  readonly features: { has(name: string): boolean };
}

/** Threads share memory, which a page that is not cross-origin isolated is refused. */
function usableThreads(wanted: number): number {
  return inNode() || globalThis.crossOriginIsolated ? wanted : 1;
}

/** The smallest build that has the provider; Node resolves the package's own Node build. */
async function load(provider: 'wasm' | 'webgpu'): Promise<OnnxRuntimeWeb> {
  try {
    if (inNode()) return await import('onnxruntime-web');
    return provider === 'webgpu'
      ? await import('onnxruntime-web/webgpu')
      : await import('onnxruntime-web/wasm');
  } catch (cause) {
    throw new EngineError(`onnxruntime-web does not load: ${messageOf(cause)}.`, { cause });
  }
}
