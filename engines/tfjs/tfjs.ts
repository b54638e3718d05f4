import { expandOperators } from '../../shared/onnx/expand/expand.ts';
import { trainingExpansionOf } from '../../shared/onnx/expand/recurrent/unroll.ts';
import type { TensorMap } from '../../shared/onnx/tensor.ts';
import { checkRun, type Signature, signatureOf } from '../bindings.ts';
import { type Computation, type Engine, EngineError, type Executable, gradientName } from '../engine.ts';
import { messageOf } from '../message.ts';
import { constantSteps, interpret, planOf, type Step } from './interpret.ts';
import { loadTensorFlow, type TensorFlow, type TfTensor } from './load.ts';
import { fromTf, toTf } from './tensors.ts';

export interface TfjsOptions {
  /** A backend of TensorFlow.js; by default the native one when it is installed, else 'cpu'. */
  readonly backend?: string;
}

/**
 * TensorFlow.js as an engine: it interprets the forward graph and differentiates it by its own means, so that
 * it is an independent check of `shared/autodiff`. Integers are int32 in it, there is no float64.
 *
 * @throws EngineError when the backend is not there.
 */
export async function createTfjs(options: TfjsOptions = {}): Promise<Engine> {
  const { tf, backend } = await loadTensorFlow(options.backend);
  const executables = new Set<TfjsExecutable>();
  let closed = false;
  return {
    info: { name: 'tfjs', provider: backend, version: tf.version['tfjs-core'], threads: 1 },
    float16: async () => 'none',
    async compile(computation) {
      if (closed) throw new EngineError('Cannot compile: the engine is closed. Create another one.');
      if (computation.gradients?.precision === 'mixed')
        throw new EngineError('TensorFlow.js computes in float32 only. Leave the precision at float32.');
      const executable = new TfjsExecutable(tf, computation);
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

class TfjsExecutable implements Executable {
  readonly outputs: readonly string[];
  readonly #tf: TensorFlow;
  readonly #computation: Computation;
  readonly #signature: Signature;
  readonly #steps: readonly Step[];
  /** Initializers and what is computed from them alone; kept until release. */
  readonly #constants: Map<string, TfTensor>;
  #released = false;
  #queue: Promise<void> = Promise.resolve();

  constructor(tf: TensorFlow, computation: Computation) {
    // TensorFlow.js has no LSTM, GRU and RNN: they are written out.
    const model = expandOperators(computation.model, { rowOf: trainingExpansionOf });
    const { graph } = model;
    this.#tf = tf;
    this.#computation = computation;
    this.#signature = signatureOf(computation);
    this.outputs = [...this.#signature.outputs.keys()];
    const steps = planOf(model);
    const once = constantSteps(graph, steps);
    this.#steps = steps.filter((step) => !once.has(step));
    this.#constants = new Map();
    tf.tidy(() => {
      for (const [name, tensor] of graph.initializers) {
        this.#constants.set(name, toTf(tf, tensor, `initializer "${name}"`));
      }
      interpret(tf, [...once], this.#constants);
      for (const value of this.#constants.values()) tf.keep(value);
    });
  }

  run(feeds: TensorMap, results: TensorMap): Promise<void> {
    const done = this.#queue.then(() => this.#run(feeds, results));
    this.#queue = done.catch(() => {});
    return done;
  }

  release(): Promise<void> {
    this.#queue = this.#queue.then(() => {
      if (!this.#released) this.#tf.dispose([...this.#constants.values()]);
      this.#released = true;
    });
    return this.#queue;
  }

  async #run(feeds: TensorMap, results: TensorMap): Promise<void> {
    const { graph } = this.#signature;
    if (this.#released) throw new EngineError(`Cannot run ${graph}: it was released. Compile it again.`);
    checkRun(this.#signature, feeds, results);
    const names = Object.keys(results);
    if (names.length === 0) return;
    let computed: ReadonlyMap<string, TfTensor> = new Map();
    try {
      computed = this.#compute(feeds, names);
      for (const name of names) await fromTf(name, computed.get(name)!, results[name]!);
    } catch (cause) {
      if (cause instanceof EngineError) throw cause;
      throw new EngineError(`TensorFlow.js failed in ${graph}: ${messageOf(cause)}`, { cause });
    } finally {
      this.#tf.dispose([...new Set(computed.values())]);
    }
  }

  /** The tensors that were asked for, which are the caller's to dispose; everything else is gone. */
  #compute(feeds: TensorMap, names: readonly string[]): ReadonlyMap<string, TfTensor> {
    const tf = this.#tf;
    const found = new Map<string, TfTensor>();
    const wanted = new Set(names);
    tf.tidy(() => {
      const values = new Map(this.#constants);
      for (const name of this.#signature.inputs.keys())
        values.set(name, toTf(tf, feeds[name]!, `input "${name}"`));
      const { gradients } = this.#computation;
      const differentiated = gradients?.withRespectTo.filter((name) => wanted.has(gradientName(name))) ?? [];
      if (!gradients || differentiated.length === 0) {
        interpret(tf, this.#steps, values);
        this.#keep(found, values, wanted);
        return;
      }
      for (const [name, gradient] of this.#differentiate(
        gradients.of,
        differentiated,
        values,
        wanted,
        found,
      )) {
        found.set(gradientName(name), tf.keep(gradient));
      }
    });
    return found;
  }

  #differentiate(
    of: string,
    names: readonly string[],
    values: Map<string, TfTensor>,
    wanted: ReadonlySet<string>,
    found: Map<string, TfTensor>,
  ): Map<string, TfTensor> {
    const tf = this.#tf;
    const inputs = names.map((name) => values.get(name)!);
    const compute = () => {
      interpret(tf, this.#steps, values);
      this.#keep(found, values, wanted);
      const value = values.get(of)!;
      if (value.size !== 1) {
        throw new EngineError(`cannot differentiate "${of}": it is [${value.shape.join(', ')}], no scalar.`);
      }
      return value;
    };
    // What `tf.grads` is made of; itself it throws where the value does not depend on one of the inputs.
    const { grads } = tf.engine().gradients(compute, inputs, undefined, true);
    return new Map(names.map((name, index) => [name, grads[index] ?? tf.zerosLike(inputs[index]!)]));
  }

  /** A copy of each output: a graph may name one tensor twice, or an input or a constant as its output. */
  #keep(
    found: Map<string, TfTensor>,
    values: ReadonlyMap<string, TfTensor>,
    wanted: ReadonlySet<string>,
  ): void {
    for (const { name } of this.#computation.model.graph.outputs) {
      if (wanted.has(name)) found.set(name, this.#tf.keep(this.#tf.clone(values.get(name)!)));
    }
  }
}
