import type { Node } from '../../../shared/onnx/model.ts';
import type { Tensor } from '../../../shared/onnx/tensor.ts';
import { EngineError } from '../../engine.ts';
import type { TensorFlow, TfTensor } from '../load.ts';

/** What an operator's row is given: its inputs as tensors, its attributes as plain values. */
export class Call {
  readonly tf: TensorFlow;
  readonly node: Node;
  readonly #inputs: readonly (TfTensor | undefined)[];

  constructor(tf: TensorFlow, node: Node, inputs: readonly (TfTensor | undefined)[]) {
    this.tf = tf;
    this.node = node;
    this.#inputs = inputs;
  }

  get inputs(): readonly TfTensor[] {
    return this.#inputs.map((_, index) => this.input(index));
  }

  input(index: number): TfTensor {
    return this.#inputs[index] ?? this.fail(`input ${index} is missing`);
  }

  optional(index: number): TfTensor | undefined {
    return this.#inputs[index];
  }

  /** The values of an input that says how to compute (axes, a shape), rather than what. */
  values(index: number): number[] {
    return Array.from(this.input(index).dataSync());
  }

  optionalValues(index: number): number[] | undefined {
    return this.#inputs[index] && this.values(index);
  }

  number(name: string, fallback: number): number {
    const value = this.#attribute(name);
    return value?.kind === 'int' || value?.kind === 'float' ? value.value : fallback;
  }

  numbers(name: string): number[] | undefined {
    const value = this.#attribute(name);
    return value?.kind === 'ints' || value?.kind === 'floats' ? [...value.value] : undefined;
  }

  string(name: string, fallback: string): string {
    const value = this.#attribute(name);
    return value?.kind === 'string' ? value.value : fallback;
  }

  tensor(name: string): Tensor | undefined {
    const value = this.#attribute(name);
    return value?.kind === 'tensor' ? value.value : undefined;
  }

  /** Axes that may count from the end, as positions in a tensor of this rank. */
  axis(axis: number, rank: number): number {
    const position = axis < 0 ? axis + rank : axis;
    return position >= 0 && position < Math.max(rank, 1)
      ? position
      : this.fail(`axis ${axis} is outside of rank ${rank}`);
  }

  /** @throws EngineError that names the operator and the node. */
  fail(why: string): never {
    const { op, name, outputs } = this.node;
    throw new EngineError(`TensorFlow.js cannot compute ${op} (node "${name || outputs[0]}"): ${why}.`);
  }

  #attribute(name: string) {
    return this.node.attributes[name];
  }
}

/** Computes a node's outputs; one tensor where it has one. */
export type Operator = (call: Call) => TfTensor | readonly TfTensor[];
export type OperatorTable = Readonly<Record<string, Operator>>;
