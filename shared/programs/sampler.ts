import { IMAGE, isGan, LATENT, latentSize } from '../nn/gan/networks.ts';
import { exampleDims } from '../nn/layers/stack.ts';
import { denormalizeFeatures } from '../nn/normalize.ts';
import type { FeatureSpec } from '../nn/specs.ts';
import { GraphBuilder } from '../onnx/builder.ts';
import type { Model } from '../onnx/model.ts';
import { copyNetwork } from './copy-network.ts';
import { finish } from './finish.ts';

/** The output of a variational autoencoder's decoder, in the units of the features. */
export const SAMPLE = 'sample';

/**
 * The part of a model that makes examples of noise, as a graph of its own: input `latent` [batch, n], to be fed standard normal
 * numbers. Of a GAN its generator, output `image` [batch, …]; of a variational autoencoder what comes after its `sample` layer,
 * output `sample` [batch, …]. Weights keep their names.
 *
 * @returns undefined for a model that makes nothing of noise, or whose decoder looks at the features too
 */
export function samplerModel(model: Model, features: FeatureSpec): Model | undefined {
  const builder = new GraphBuilder();
  for (const [name, tensor] of model.graph.initializers) builder.initializer(name, tensor);
  builder.reserve(model.graph.nodes.flatMap(({ outputs }) => outputs));
  const latent = (size: number) => builder.input(LATENT, 'float32', ['batch', size]);
  if (isGan(model)) {
    const inputs = { [LATENT]: latent(latentSize(model)) };
    builder.output(copyNetwork(builder, model, { inputs, output: IMAGE, prefix: '' }));
    return finish(builder.build({ name: 'generator' }));
  }
  const drawn = drawnValues(model);
  const [value] = drawn;
  if (value === undefined || drawn.length > 1) return undefined;
  const dims = exampleDims(GraphBuilder.from(model).typeOf(value).dims);
  if (dims.length !== 1) return undefined;
  const inputs = { [value]: latent(dims[0]!) };
  try {
    const made = copyNetwork(builder, model, { inputs, output: model.graph.outputs[0]!.name, prefix: '' });
    builder.output(denormalizeFeatures(builder, made, features), SAMPLE);
  } catch {
    // It depends on the features past the latent: there is no decoder to cut off.
    return undefined;
  }
  return finish(builder.build({ name: 'decoder' }));
}

/** What `sample` layers put out: mean + deviation · RandomNormalLike(mean). */
function drawnValues({ graph }: Model): string[] {
  const readers = (value: string | undefined, op: string) =>
    graph.nodes.find((node) => node.op === op && value !== undefined && node.inputs.includes(value));
  return graph.nodes
    .filter(({ op }) => op === 'RandomNormalLike')
    .flatMap((noise) => {
      const moved = readers(noise.outputs[0], 'Mul');
      const drawn = readers(moved?.outputs[0], 'Add');
      return drawn?.inputs.includes(noise.inputs[0]!) ? [drawn.outputs[0]!] : [];
    });
}
