import type { InferenceSession, Tensor as OrtTensor, TensorConstructor } from 'onnxruntime-node';
import { gradientModel } from '../shared/autodiff/gradient-model.ts';
import { portableModel } from '../shared/autodiff/prepare.ts';
import type { LoweringTarget } from '../shared/autodiff/registry.ts';
import { withUnshapedOutputs } from '../shared/autodiff/unshaped-outputs.ts';
import { OnnxFormatError } from '../shared/onnx/errors.ts';
import type { Model } from '../shared/onnx/model.ts';
import type { Tensor, TensorMap } from '../shared/onnx/tensor.ts';
import { writeModel, writeReferring } from '../shared/onnx/write.ts';
import type { Float16 } from '../shared/programs/precision.ts';
import { checkRun, type Signature, signatureOf } from './bindings.ts';
import {
  type Computation,
  type Engine,
  EngineError,
  type EngineInfo,
  type Executable,
  gradientName,
} from './engine.ts';
import { float16Of } from './float16.ts';
import { messageOf } from './message.ts';

/** How gradients are written for a provider; see `shared/autodiff`. */
export type Target = LoweringTarget;

/** What the Node and the web package have in common, and where they differ. */
export interface Runtime {
  readonly info: EngineInfo;
  readonly target: Target;
  /** What its kernels add up products of float16 in, where that is not as the target's do. */
  readonly accumulates?: 'float32' | undefined;
  readonly Tensor: TensorConstructor;
  /** Whether `run` writes into the tensors it is given; onnxruntime-web silently ignores them. */
  readonly writesInPlace: boolean;
  /** Whether the device has float16, where it can be asked; else it has to be tried. */
  hasFloat16?(): Promise<boolean>;
  /** Its name for a file of this machine, by absolute path, that it can map into memory; left out where it has none. */
  locate?(path: string): string | undefined;
  createSession(bytes: Uint8Array, options: SessionOptions): Promise<InferenceSession>;
}

export interface SessionOptions {
  /** What fails is not to be logged: it is no fault. */
  readonly quiet?: boolean;
  /** See `Computation`. */
  readonly seldom?: boolean | undefined;
  /** The model names files, as `locate` does. */
  readonly refers?: boolean;
}

/** An engine on a runtime; closing it releases what it compiled. */
export function engineOn(runtime: Runtime): Engine {
  const executables = new Set<OrtExecutable>();
  let closed = false;
  let float16: Promise<Float16> | undefined;
  return {
    info: runtime.info,
    float16() {
      const quiet: Runtime = {
        ...runtime,
        createSession: (bytes) => runtime.createSession(bytes, { quiet: true }),
      };
      float16 ??= (async () => {
        if (!((await runtime.hasFloat16?.()) ?? true)) return 'none';
        return float16Of((model) => compileOn(quiet, { model }), runtime.target);
      })();
      return float16;
    },
    async compile(computation) {
      if (closed) throw new EngineError('Cannot compile: the engine is closed. Create another one.');
      const executable = await compileOn(runtime, computation);
      executables.add(executable);
      return executable;
    },
    async close() {
      closed = true;
      await Promise.all([...executables].map((executable) => executable.release()));
      executables.clear();
    },
  };
}

/** Derives the gradient graph, writes it as ONNX and loads it. */
async function compileOn(runtime: Runtime, computation: Computation): Promise<OrtExecutable> {
  const signature = signatureOf(computation);
  const program = programOf(computation, runtime);
  // Weights that lie in a file are mapped from there: they are never in memory as a whole, and never twice.
  const referring = runtime.locate && writeReferring(program, (path) => runtime.locate?.(path));
  const bytes = referring ?? messageOfModel(runtime, program);
  const options = { seldom: computation.seldom, refers: referring !== undefined };
  // Weights' shapes are known, and so are those that their gradients come in; what follows the batch is as asked for.
  const shapes = new Map(
    program.graph.outputs.flatMap(({ name, dims }) =>
      dims.every((dim) => typeof dim === 'number') ? [[name, dims] as const] : [],
    ),
  );
  try {
    return new OrtExecutable(runtime, signature, shapes, await runtime.createSession(bytes, options));
  } catch (cause) {
    throw new EngineError(`${label(runtime)} cannot load ${signature.graph}: ${messageOf(cause)}`, { cause });
  }
}

/** @throws EngineError where it is more than a runtime takes that is given models in one piece */
function messageOfModel(runtime: Runtime, program: Model): Uint8Array {
  try {
    return writeModel(program);
  } catch (cause) {
    if (!(cause instanceof OnnxFormatError)) throw cause;
    const help = runtime.locate ? '' : ': use the engine cpu of Node, which maps weights from their file';
    throw new EngineError(`${label(runtime)} cannot be given this program, ${cause.message}${help}`, {
      cause,
    });
  }
}

function programOf({ model, gradients }: Computation, { target, accumulates }: Runtime): Model {
  if (gradients === undefined) return portableModel(model, target);
  const { of, withRespectTo } = gradients;
  const program = gradientModel(model, of, [...withRespectTo], target, { ...gradients, accumulates });
  return withUnshapedOutputs(program, withRespectTo.map(gradientName));
}

/** What a run was given, and is to give back, as the runtime's tensors. */
interface Bound {
  readonly results: TensorMap;
  readonly given: Readonly<Record<string, OrtTensor>>;
  readonly wanted: Readonly<Record<string, OrtTensor>>;
}

/** A session with its signature. Runs and release are queued, so that a session never goes while it works. */
class OrtExecutable implements Executable {
  readonly outputs: readonly string[];
  readonly #runtime: Runtime;
  readonly #signature: Signature;
  readonly #shapes: ReadonlyMap<string, readonly number[]>;
  readonly #feedNames: readonly string[];
  #session: InferenceSession | undefined;
  #queue: Promise<void> = Promise.resolve();
  /** Of feeds that came before, with the same results: a training loop's are checked and wrapped once. */
  readonly #bound = new WeakMap<TensorMap, Bound>();

  /** @param shapes of outputs that are computed in a shape of their own, with the numbers in the same order */
  constructor(
    runtime: Runtime,
    signature: Signature,
    shapes: ReadonlyMap<string, readonly number[]>,
    session: InferenceSession,
  ) {
    this.#runtime = runtime;
    this.#signature = signature;
    this.#shapes = shapes;
    this.#session = session;
    this.#feedNames = session.inputNames;
    this.outputs = [...signature.outputs.keys()];
  }

  run(feeds: TensorMap, results: TensorMap): Promise<void> {
    const done = this.#queue.then(() => this.#run(feeds, results));
    this.#queue = done.catch(() => {});
    return done;
  }

  release(): Promise<void> {
    const done = this.#queue.then(async () => {
      const session = this.#session;
      this.#session = undefined;
      await session?.release();
    });
    this.#queue = done.catch(() => {});
    return done;
  }

  async #run(feeds: TensorMap, results: TensorMap): Promise<void> {
    const session = this.#session;
    if (!session) {
      throw new EngineError(`Cannot run ${this.#signature.graph}: it was released. Compile it again.`);
    }
    const { writesInPlace } = this.#runtime;
    try {
      const { given, wanted } = this.#bind(feeds, results);
      const names = Object.keys(wanted);
      // Without a name onnxruntime fetches everything; nothing asked for is nothing to compute.
      if (names.length === 0) return;
      if (writesInPlace) {
        await session.run(given, wanted);
        return;
      }
      const computed = await session.run(given, names);
      for (const name of names) {
        const from = computed[name]!;
        copy(name, from, results[name]!, this.#shapes.get(name));
        from.dispose();
      }
    } catch (cause) {
      if (cause instanceof EngineError) throw cause;
      throw new EngineError(
        `${label(this.#runtime)} failed in ${this.#signature.graph}: ${messageOf(cause)}`,
        {
          cause,
        },
      );
    }
  }

  #bind(feeds: TensorMap, results: TensorMap): Bound {
    const known = this.#bound.get(feeds);
    if (known?.results === results) return known;
    checkRun(this.#signature, feeds, results);
    // A gradient graph has lost the inputs that it does not need, and the runtime refuses to be given them.
    const given = this.#feedNames.map((name) => [name, this.#wrap(feeds[name]!)] as const);
    const wanted = Object.entries(results).map(
      ([name, tensor]) => [name, this.#wrap(tensor, this.#shapes.get(name))] as const,
    );
    const bound = { results, given: Object.fromEntries(given), wanted: Object.fromEntries(wanted) };
    this.#bound.set(feeds, bound);
    return bound;
  }

  #wrap(tensor: Tensor, dims = tensor.dims): OrtTensor {
    // The types of the runtime's constructor tie each element type to its array; `checkRun` has verified it.
    const { Tensor: OrtTensorClass } = this.#runtime;
    return new OrtTensorClass(tensor.type as 'float32', tensor.data as Float32Array, dims);
  }
}

function copy(name: string, from: OrtTensor, to: Tensor, dims = to.dims): void {
  if (from.dims.join() !== dims.join()) {
    throw new EngineError(
      `output "${name}" came out as [${from.dims.join(', ')}], its tensor is [${dims.join(', ')}].`,
    );
  }
  (to.data as Float32Array).set(from.data as Float32Array);
}

function label({ info }: Runtime): string {
  return `${info.name} (${info.provider})`;
}
