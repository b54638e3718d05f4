import { EngineError } from '../engine.ts';

/** The API of TensorFlow.js, the same in the pure and the native package. */
export type TensorFlow = typeof import('@tensorflow/tfjs');
export type TfTensor = import('@tensorflow/tfjs').Tensor;

export interface LoadedTensorFlow {
  readonly tf: TensorFlow;
  /** The backend that was set: 'tensorflow' (native), 'cpu', 'wasm', 'webgl'. */
  readonly backend: string;
}

/**
 * Loads `@tensorflow/tfjs-node` where it is installed (an optional dependency: its install downloads
 * libtensorflow), else the pure package.
 *
 * @throws EngineError when the backend that was asked for is not there.
 */
export async function loadTensorFlow(backend?: string): Promise<LoadedTensorFlow> {
  const tf = (await native()) ?? (await pure());
  // Without it TensorFlow.js advertises the native package on the console, and looks for NaN after every operator.
  tf.enableProdMode();
  const offered = tf.engine().registryFactory;
  const name = backend ?? ['tensorflow', 'cpu'].find((candidate) => candidate in offered) ?? 'cpu';
  if (!(name in offered) || !(await tf.setBackend(name))) {
    throw new EngineError(
      `TensorFlow.js has no backend "${name}" here; it has ${Object.keys(offered).join(', ')}.`,
    );
  }
  await tf.ready();
  return { tf, backend: name };
}

async function native(): Promise<TensorFlow | undefined> {
  if (typeof process === 'undefined' || process.versions?.node === undefined) return undefined;
  // Not a literal: where the optional package is absent, neither compiler nor bundler may look for it.
  const specifier = '@tensorflow/tfjs-node';
  try {
    return namespaceOf(await import(specifier));
  } catch {
    return undefined;
  }
}

async function pure(): Promise<TensorFlow> {
  return namespaceOf(await import('@tensorflow/tfjs'));
}

/** Node sees a CommonJS build, whose `default` is the whole of it. */
function namespaceOf(module: TensorFlow & { readonly default?: TensorFlow }): TensorFlow {
  return module.default ?? module;
}
