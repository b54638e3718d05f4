import { GENERATED, LATENT, latentSize, SCORE, seenBy } from '../nn/gan/networks.ts';
import { FEATURES } from '../nn/specs.ts';
import { GraphBuilder } from '../onnx/builder.ts';
import type { Model } from '../onnx/model.ts';
import { layoutOf } from '../parameters/layout-of.ts';
import type { Rewrite } from './copy-graph.ts';
import { copyNetwork } from './copy-network.ts';
import type { NoiseInput } from './program.ts';
import { normalNoise } from './rewrite-noise.ts';

/** A builder with the inputs that all programs of a GAN have, and its networks to put in as often as they are needed. */
export class GanGraph {
  readonly builder = new GraphBuilder();
  /** Number of rows, a float32 scalar. */
  readonly examples: string;
  private places = 0;

  constructor(private readonly model: Model) {
    const { builder } = this;
    const { graph } = model;
    const layout = layoutOf(model);
    const parameters = new Set(layout.entries.map(({ name }) => name));
    const input = graph.inputs.find(({ name }) => name === FEATURES)!;
    builder.input(FEATURES, input.type, input.dims);
    for (const { name, dims } of layout.entries) builder.input(name, 'float32', dims);
    for (const [name, tensor] of graph.initializers) {
      if (!parameters.has(name)) builder.initializer(name, tensor);
    }
    const shape = builder.op('Shape', [FEATURES], { start: 0, end: 1 }, 'batch_shape');
    const size = builder.op('Cast', [shape], { to: 'float32' }, 'batch_size');
    this.examples = builder.op('Squeeze', [size, builder.ints([0])], {}, 'examples');
  }

  /** A place for noise, in order: part of the generator's key. */
  place(): number {
    return this.places++;
  }

  /** Latents of the batch, standard normal. */
  latent(): { readonly value: string; readonly input: NoiseInput } {
    return normalNoise(this.builder, [latentSize(this.model)], this.place(), (part) => `latent/${part}`);
  }

  /** The features as the discriminator sees them. */
  real(): string {
    const output = seenBy(this.model);
    if (output === FEATURES) return FEATURES;
    return this.part('data/', { [FEATURES]: FEATURES }, output);
  }

  /** What the generator makes of latents, as the discriminator sees it. */
  generated(latent: string, rewrites?: Readonly<Record<string, Rewrite>>): string {
    return this.part('generator/', { [LATENT]: latent }, GENERATED, rewrites);
  }

  /** Scores [batch, 1]. */
  score(prefix: string, images: string, rewrites?: Readonly<Record<string, Rewrite>>): string {
    return this.part(prefix, { [seenBy(this.model)]: images }, SCORE, rewrites);
  }

  /** A part of the model's graph, in this program. */
  part(
    prefix: string,
    inputs: Readonly<Record<string, string>>,
    output: string,
    rewrites?: Readonly<Record<string, Rewrite>>,
  ): string {
    return copyNetwork(this.builder, this.model, { inputs, output, prefix }, rewrites);
  }
}
