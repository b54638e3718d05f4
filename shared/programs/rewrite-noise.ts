import { numberAttribute } from '../onnx/attributes.ts';
import type { GraphBuilder } from '../onnx/builder.ts';
import type { Node } from '../onnx/model.ts';
import type { NoiseInput } from './program.ts';

/**
 * RandomNormalLike in training: two uniform numbers for each value are an input, [batch, 2, …], and become a normal one by
 * Box and Muller (1958). So all engines and any split over members draw the same noise.
 *
 * @param place the noise's number in the model, from 0; part of the generator's key
 */
export function trainNoise(builder: GraphBuilder, node: Node, place: number): NoiseInput {
  const { dims } = builder.typeOf(node.inputs[0]!);
  const example = dims.slice(1);
  if (dims[0] !== 'batch' || !example.every((dim) => typeof dim === 'number')) {
    throw new Error(
      `RandomNormalLike ${node.name}: its input is [${dims.join(', ')}], but noise is drawn per example: it needs ` +
        '[batch, …] with known sizes.',
    );
  }
  const path = (part: string) => `${node.name}/${part}`;
  const { value: normal, input } = normalNoise(builder, example as number[], place, path);
  const scaled = builder.op(
    'Mul',
    [normal, builder.scalar(numberAttribute(node, 'scale'))],
    {},
    path('scaled'),
  );
  const mean = builder.scalar(numberAttribute(node, 'mean'));
  builder.node('Add', [scaled, mean], {}, { outputs: [node.outputs[0]!], name: node.name });
  return input;
}

/**
 * Standard normal numbers of each example, [batch, …example], from an input `noise<place>` of twice as many uniform ones.
 *
 * @param path of the nodes' names
 */
export function normalNoise(
  builder: GraphBuilder,
  example: readonly number[],
  place: number,
  path: (part: string) => string,
): { readonly value: string; readonly input: NoiseInput } {
  const name = builder.input(`noise${place}`, 'float32', ['batch', 2, ...example]);
  const halves = builder.node(
    'Split',
    [name, builder.ints([1, 1])],
    { axis: 1 },
    { name: path('split'), outputs: 2 },
  );
  const squeezed = (half: string, part: string) =>
    builder.op('Squeeze', [half, builder.ints([1])], {}, path(part));
  // 1 - u is in (0, 1]: its logarithm is finite.
  const chance = builder.op('Sub', [builder.scalar(1), squeezed(halves[0]!, 'first')], {}, path('chance'));
  const logarithm = builder.op('Log', [chance], {}, path('logarithm'));
  const radius = builder.op('Sqrt', [builder.op('Mul', [logarithm, builder.scalar(-2)])], {}, path('radius'));
  const angle = builder.op(
    'Mul',
    [squeezed(halves[1]!, 'second'), builder.scalar(2 * Math.PI)],
    {},
    path('angle'),
  );
  const normal = builder.op(
    'Mul',
    [radius, builder.op('Cos', [angle], {}, path('cosine'))],
    {},
    path('normal'),
  );
  return { value: normal, input: { name, dims: [2, ...example], place } };
}

/** Noise outside of training: its mean everywhere, so that a model always gives the same answer. */
export function meanNoise(builder: GraphBuilder, node: Node): void {
  const nothing = builder.op('Sub', [node.inputs[0]!, node.inputs[0]!], {}, `${node.name}/nothing`);
  const mean = builder.scalar(numberAttribute(node, 'mean'));
  builder.node('Add', [nothing, mean], {}, { outputs: [node.outputs[0]!], name: node.name });
}
