import type { GraphBuilder } from '../../onnx/builder.ts';
import type { Dim } from '../../onnx/model.ts';
import { sizeOf } from '../../onnx/tensor.ts';
import { initialValue } from '../initializers/initializers.ts';
import { ModelBuildError, type ModelPath } from '../model-build-error.ts';
import type { SeenFeatures } from '../row-lengths.ts';
import { FEATURES } from '../specs.ts';
import type { ParameterInit } from './layer.ts';
import { parseLayer } from './parse.ts';
import { layerRegistry } from './registry.ts';

/** Of one weight: 8 GiB. What is larger is a slip of the keyboard, and would be asked of the memory before anyone looks. */
const MOST_VALUES = 2 ** 31;

/** Appends lists of layers to one graph, and gives each a name of its own: `conv1`, `conv2`, `batch_norm1`. */
export class LayerStack {
  private readonly builder: GraphBuilder;
  private readonly seed: number;
  private readonly counts = new Map<string, number>();
  private readonly labelled = new Map<string, string>();

  /**
   * @param prefix of the names of parameters and values, where the graph has others already
   * @param seen the raw features, where they are not the graph's first input itself
   */
  constructor(
    builder: GraphBuilder,
    seed: number,
    private readonly prefix = '',
    private readonly seen?: SeenFeatures,
  ) {
    this.builder = builder;
    this.seed = seed;
  }

  /**
   * @param outputName for the last layer's output; named after the layer when left out
   * @returns the last layer's output; `input` itself when there are none
   */
  append(layers: readonly unknown[], input: string, path: ModelPath, outputName?: string): string {
    return layers.reduce<string>(
      (value, entry, index) =>
        this.add(entry, value, [...path, index], index === layers.length - 1 ? outputName : undefined),
      input,
    );
  }

  /** Labelled values by their labels. */
  labels(): ReadonlyMap<string, string> {
    return this.labelled;
  }

  private add(entry: unknown, input: string, path: ModelPath, outputName: string | undefined): string {
    const { type, options } = parseLayer(entry, path);
    const name = this.nameFor(type);
    const incoming = this.builder.typeOf(input).dims;
    const misfit = (needs: string, dims: readonly Dim[] = incoming) =>
      new ModelBuildError({ path, type, incoming: dims, needs });
    const row = layerRegistry[type]!;
    const coming = this.builder.typeOf(input).type;
    if (coming !== 'float32' && !row.integers) {
      throw misfit(
        `${type} takes numbers, and token ids (${coming}) came: put \`- embedding: { vocabulary: 1000, size: 64 }\` before it`,
      );
    }
    return row.build(
      {
        builder: this.builder,
        name: outputName ?? `${this.prefix}${name}`,
        input,
        dims: exampleDims(incoming),
        features: this.seen?.features ?? this.builder.inputs[0]!.name,
        lengths: this.seen?.lengths,
        parameter: (suffix, dims, init) => {
          if (sizeOf(dims) > MOST_VALUES) throw misfit(tooLarge(suffix, dims));
          return this.parameter(`${this.prefix}${name}.${suffix}`, dims, init);
        },
        stack: (layers, from, option) => this.append(layers, from, [...path, option]),
        remember: (label, value) => this.remember(label, value, misfit),
        recall: (label) => this.recall(label, misfit),
        dimsOf: (value) => exampleDims(this.builder.typeOf(value).dims),
        misfit,
      },
      options,
    );
  }

  private remember(label: string, value: string, misfit: (needs: string) => ModelBuildError): void {
    if (label === FEATURES || this.labelled.has(label)) {
      throw misfit(`the label '${label}' is taken already: use another word`);
    }
    this.labelled.set(label, value);
  }

  private recall(label: string, misfit: (needs: string) => ModelBuildError): string {
    const value =
      label === FEATURES ? (this.seen?.features ?? this.builder.inputs[0]?.name) : this.labelled.get(label);
    if (value !== undefined) return value;
    const known = [FEATURES, ...this.labelled.keys()].map((name) => `'${name}'`).join(', ');
    throw misfit(
      `no layer before this one is labelled '${label}' (there are ${known}): put \`- label: ${label}\` there`,
    );
  }

  private nameFor(type: string): string {
    const count = (this.counts.get(type) ?? 0) + 1;
    this.counts.set(type, count);
    return `${type.replaceAll('-', '_')}${count}`;
  }

  private parameter(name: string, dims: readonly number[], init: ParameterInit): string {
    const value = initialValue(init.initializer, dims, init, { seed: this.seed, name });
    return this.builder.initializer(name, value);
  }
}

function tooLarge(name: string, dims: readonly number[]): string {
  return `its ${name} [${dims.join(', ')}] would have ${sizeOf(dims)} numbers, at most ${MOST_VALUES} can be held: choose smaller sizes`;
}

/** A value's shape without the batch; our own layers never make another symbolic dimension. */
export function exampleDims(dims: readonly Dim[]): number[] {
  return dims.slice(1).map((dim) => {
    if (typeof dim !== 'number')
      throw new Error(`[${dims.join(', ')}] has a symbolic dimension beside the batch.`);
    return dim;
  });
}
