import { bytesPerElement } from '../../onnx/data-types.ts';
import type { Dim, Graph, Node, ValueType } from '../../onnx/model.ts';
import { inferGraph } from '../../onnx/shapes/infer.ts';

/** Operators whose output is their input's memory, seen in another shape. */
const VIEWS = new Set(['Reshape', 'Flatten', 'Squeeze', 'Unsqueeze', 'Identity']);

/** Types, memory and dependence on the batch of a graph's values. */
export class ValueBytes {
  readonly #types: ReadonlyMap<string, ValueType>;
  readonly #batch: number;
  readonly #roots = new Map<string, string>();
  readonly #activations = new Set<string>();

  /** @param batch stands for every dimension that has no number */
  constructor(graph: Graph, batch: number) {
    this.#types = inferGraph(graph).types;
    this.#batch = batch;
    for (const { name, dims } of graph.inputs) {
      if (dims.some((dim) => typeof dim === 'string')) this.#activations.add(name);
    }
    for (const node of graph.nodes) {
      if (node.inputs.some((input) => this.#activations.has(input))) {
        for (const output of node.outputs) if (output !== '') this.#activations.add(output);
      }
      if (isView(node)) this.#roots.set(node.outputs[0]!, this.rootOf(node.inputs[0]!));
    }
  }

  /** Whether a value depends on the batch: neither weights nor what is computed from them alone. */
  isActivation(value: string): boolean {
    return this.#activations.has(value);
  }

  /** The value whose memory this one is. */
  rootOf(value: string): string {
    return this.#roots.get(value) ?? value;
  }

  dimsOf(value: string): readonly Dim[] {
    return this.#types.get(value)?.dims ?? [];
  }

  /** A dimension like `64*batch` counts its factor. */
  bytesOf(value: string): number {
    const type = this.#types.get(value);
    if (type === undefined) return 0;
    const elements = type.dims.reduce<number>((product, dim) => product * this.#sizeOf(dim), 1);
    return elements * bytesPerElement(type.type);
  }

  #sizeOf(dim: Dim): number {
    if (typeof dim === 'number') return dim;
    const factor = /^(\d+)\*/.exec(dim)?.[1];
    return this.#batch * (factor === undefined ? 1 : Number(factor));
  }
}

function isView(node: Node): boolean {
  return node.domain === '' && VIEWS.has(node.op);
}
