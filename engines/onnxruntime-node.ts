import { availableParallelism } from 'node:os';
import { parse, relative } from 'node:path';
import type { InferenceSession } from 'onnxruntime-node';
import type { Model } from '../shared/onnx/model.ts';
import { type Engine, EngineError } from './engine.ts';
import { messageOf } from './message.ts';
import { engineOn, type Runtime, type SessionOptions, type Target } from './onnxruntime.ts';

export type NodeProvider = 'cpu' | 'webgpu' | 'cuda' | 'tensorrt' | 'coreml' | 'dml';

export interface OnnxRuntimeNodeOptions {
  /** The execution provider; 'cpu' by default. */
  readonly provider?: NodeProvider;
  /** Threads within an operator; by default as many as the process may use. */
  readonly threads?: number;
}

const needs: Readonly<Record<NodeProvider, string>> = {
  cpu: 'Reinstall onnxruntime-node for this platform.',
  webgpu: 'It needs a GPU with a Vulkan, Metal or Direct3D 12 driver (on Linux also libvulkan1).',
  cuda: 'It needs an NVIDIA driver, CUDA 12, cuDNN 9 and the provider: npm rebuild onnxruntime-node --onnxruntime-node-install=cuda12.',
  tensorrt: 'It needs TensorRT beside what cuda needs.',
  coreml: 'It is there on macOS only.',
  dml: 'It is there on Windows only.',
};

/**
 * ONNX Runtime's native build. `run` works in the thread that calls it and blocks that thread's event loop for
 * the whole run: call it in a thread of its own.
 *
 * @throws EngineError when the provider is not available here; the message says what would make it so.
 */
export async function createOnnxRuntimeNode(options: OnnxRuntimeNodeOptions = {}): Promise<Engine> {
  const { provider = 'cpu', threads = availableParallelism() } = options;
  const ort = await load();
  const offered = ort.listSupportedBackends().map((backend) => backend.name);
  if (!offered.includes(provider)) throw unavailable(provider, `this build offers ${offered.join(', ')}`);
  const runtime: Runtime = {
    info: { name: 'onnxruntime-node', provider, version: ort.env.versions.node ?? 'unknown', threads },
    target: targetOf(provider),
    ...(IN_FLOAT32.has(provider) && { accumulates: 'float32' }),
    Tensor: ort.Tensor,
    writesInPlace: true,
    locate,
    createSession: (bytes, options) =>
      ort.InferenceSession.create(bytes, sessionOptions(provider, threads, options)),
  };
  if (provider !== 'cpu') await probe(runtime, provider);
  return engineOn(runtime);
}

/** The package is CommonJS: loaded on first use, so that other engines do not pay for its 40 MB library. */
async function load() {
  try {
    return await import('onnxruntime-node');
  } catch (cause) {
    throw new EngineError(
      `onnxruntime-node does not load on ${process.platform}/${process.arch}: ${messageOf(cause)}. Use the wasm engine.`,
      { cause },
    );
  }
}

/** Files are named relative to it: the runtime takes no absolute path. */
const { root: ROOT } = parse(process.cwd());

/** Files on other drives (Windows) cannot be named. */
function locate(path: string): string | undefined {
  return parse(path).root === ROOT ? relative(ROOT, path) : undefined;
}

/** Whose products of float16 are added up in float32, as cuBLAS does it. */
const IN_FLOAT32: ReadonlySet<NodeProvider> = new Set(['cuda', 'tensorrt']);

function targetOf(provider: NodeProvider): Target {
  return provider === 'cpu' ? 'cpu' : 'webgpu';
}

function sessionOptions(
  provider: NodeProvider,
  threads: number,
  { quiet, seldom, refers }: SessionOptions,
): InferenceSession.SessionOptions {
  return {
    executionProviders: provider === 'cpu' ? ['cpu'] : [provider, 'cpu'],
    intraOpNumThreads: threads,
    interOpNumThreads: 1,
    executionMode: 'sequential',
    graphOptimizationLevel: 'all',
    enableCpuMemArena: true,
    enableMemPattern: true,
    logSeverityLevel: quiet ? 4 : 3,
    extra: {
      session: {
        // Gradients that fade out are denormal numbers, which cost a hundred cycles each.
        set_denormal_as_zero: '1',
        // Threads that wait spin 50 µs for the next operator, then sleep, and sleep between runs. Two processes
        // of two threads each on two cores take twice the time with the default (milliseconds of spinning),
        // and not with this; one process alone is as fast as with it, and a fifth faster than without any.
        intra_op: { spin_duration_us: '50' },
        force_spinning_stop: '1',
        // Fake quantisation is computed as the graph says. Else weights beside it are made integers as well, once they are
        // constants, and an exported file does not give what was trained.
        disable_quant_qdq: '1',
        // Constant weights are put in the order that products read them in: another copy of them.
        ...(seldom && { disable_prepacking: '1' }),
        ...(refers && { model_external_initializers_file_folder_path: ROOT }),
      },
    },
  };
}

/** Loads and runs the smallest graph there is: a listed provider may lack its driver or its device. */
async function probe(runtime: Runtime, provider: NodeProvider): Promise<void> {
  const value = { type: 'float32', dims: [1] } as const;
  const model: Model = {
    irVersion: 9,
    opsets: { '': 20 },
    producer: 'tributary',
    metadata: {},
    graph: {
      name: 'probe',
      inputs: [{ name: 'x', ...value }],
      outputs: [{ name: 'y', ...value }],
      initializers: new Map(),
      nodes: [{ name: 'add', op: 'Add', domain: '', inputs: ['x', 'x'], outputs: ['y'], attributes: {} }],
    },
  };
  try {
    const executable = await engineOn(runtime).compile({ model });
    const y = new Float32Array(1);
    await executable.run({ x: { ...value, data: Float32Array.of(1) } }, { y: { ...value, data: y } });
    await executable.release();
  } catch (cause) {
    throw unavailable(provider, messageOf(cause), cause);
  }
}

function unavailable(provider: NodeProvider, why: string, cause?: unknown): EngineError {
  return new EngineError(
    `The execution provider '${provider}' is not available here: ${why}. ${needs[provider]} Or use the cpu engine.`,
    { cause },
  );
}
