import { describe, expect, it } from 'vitest';
import { buildModel, type FeatureSpec, type TargetSpec } from '../../../shared/nn/model.ts';
import { outputDimsFor, outputNameFor } from '../../../shared/nn/specs.ts';
import { layoutOf } from '../../../shared/parameters/layout-of.ts';
import { titled } from '../../support/zoo.ts';

const image: FeatureSpec = { shape: [1, 8, 8], normalize: { kind: 'divide', by: 16 } };
const digits: TargetSpec = { kind: 'class', classes: [...'0123456789'] };
const dense = (units: number) => ({ type: 'dense', options: { units } });
const flatten = { type: 'flatten', options: {} };

function layers(
  list: { type: string; options: Record<string, unknown> }[],
  target = digits,
  features = image,
) {
  return buildModel({ kind: 'layers', layers: list }, features, target, 5);
}

describe('buildModel', () => {
  it('makes an inference graph with a symbolic batch', () => {
    const { graph } = layers([flatten, dense(10)]);
    expect(graph.inputs).toEqual([{ name: 'features', type: 'float32', dims: ['batch', 1, 8, 8] }]);
    expect(graph.outputs).toEqual([{ name: 'logits', type: 'float32', dims: ['batch', 10] }]);
    expect(graph.nodes.map(({ op }) => op)).not.toContain('Identity');
  });

  it('names the output of a number `prediction`', () => {
    expect(layers([flatten, dense(1)], { kind: 'number' }).graph.outputs[0]?.name).toBe('prediction');
  });

  it('keeps the start of a layer when others are added after it', () => {
    const short = layers([flatten, dense(10)]);
    const long = layers([flatten, dense(10), { type: 'relu', options: {} }, dense(10)]);
    expect(long.graph.initializers.get('dense1.weight')).toEqual(
      short.graph.initializers.get('dense1.weight'),
    );
  });

  it.each([
    [
      'the wrong number of classes',
      () => layers([flatten, dense(12)]),
      /needs \[batch, 10\] for 10 classes: end with `- dense: 10`/,
    ],
    ['an image as output', () => layers([]), /got \[batch, 1, 8, 8\]/],
    [
      'a final softmax',
      () => layers([flatten, dense(10), { type: 'softmax', options: {} }]),
      /ends in logits.*remove/,
    ],
    [
      'an unknown model',
      () => buildModel({ kind: 'named', name: 'mpl', options: {} }, image, digits, 1),
      /there are mlp, cnn/,
    ],
    ['no file', () => buildModel({ kind: 'onnx', path: 'm.onnx' }, image, digits, 1), /m\.onnx/],
    [
      'statistics of another number of features',
      () =>
        layers([flatten, dense(10)], digits, {
          shape: [1, 8, 8],
          normalize: { kind: 'standardize', mean: [1], deviation: [1] },
        }),
      /1 means and 1 deviations for 64 features/,
    ],
    [
      'a division by zero',
      () => layers([flatten, dense(10)], digits, { shape: [64], normalize: { kind: 'divide', by: 0 } }),
      /other than 0/,
    ],
  ])('refuses %s', (_, build, message) => {
    expect(build).toThrow(message);
  });
});

describe('named models', () => {
  it.each(titled())(
    '%s builds, with the output that its target needs',
    (_, { name, options, features, target }) => {
      const { graph } = buildModel({ kind: 'named', name, options }, features, target, 1);
      expect(graph.outputs).toMatchObject([
        { name: outputNameFor(target), dims: ['batch', ...outputDimsFor(target, features)] },
      ]);
    },
  );

  const images = [
    'mlp',
    'cnn',
    'lenet',
    'mobilenet',
    'rnn',
    'lstm',
    'gru',
    'vit',
    'encoder',
    'discriminator',
  ];
  it.each(images)('%s builds with its defaults, for each kind of target', (name) => {
    const targets: TargetSpec[] = [digits, { kind: 'number' }, { kind: 'binary', classes: ['no', 'yes'] }];
    const outputs = targets.map(
      (target) =>
        buildModel({ kind: 'named', name, options: {} }, image, target, 1).graph.outputs[0]?.dims[1],
    );
    expect(outputs).toEqual([10, 1, 1]);
  });

  const words: FeatureSpec = { shape: [6], type: 'int32', normalize: { kind: 'none' } };
  it('a transformer starts as GPT-2: 0.02, and less where it adds to the residual stream', () => {
    const next: TargetSpec = { ...digits, dims: [6] };
    const options = { layers: 8, heads: 4, size: 64 };
    const { graph } = buildModel({ kind: 'named', name: 'gpt', options }, words, next, 1);
    const deviation = (name: string) => {
      const values = graph.initializers.get(name)!.data as Float32Array;
      return Math.sqrt(values.reduce((sum, value) => sum + value * value, 0) / values.length);
    };
    expect(deviation('transformer8.attention.qkv.weight')).toBeCloseTo(0.02, 3);
    expect(deviation('transformer8.attention.out.weight')).toBeCloseTo(0.02 / 4, 3);
    expect(deviation('transformer8.ffn2.weight')).toBeCloseTo(0.02 / 4, 3);
    expect(deviation('transformer8.ffn2.bias')).toBe(0);
    // Tied: the table is the last layer's weights too, and there once.
    expect(graph.nodes.at(-1)).toMatchObject({ op: 'Reshape' });
    expect(graph.nodes.filter(({ inputs }) => inputs.includes('embedding1.weight'))).toHaveLength(2);
    const ops = graph.nodes.map(({ op }) => op);
    expect(ops.filter((op) => op === 'Gelu')).toHaveLength(8);
    expect(ops.filter((op) => op === 'LayerNormalization')).toHaveLength(17);
    expect(ops.filter((op) => op === 'Where')).toHaveLength(1);
  });

  it.each([
    [
      'token ids without an embedding',
      'mlp',
      {},
      words,
      digits,
      /put `- embedding: { vocabulary: 1000, size: 64 }` before it/,
    ],
    ['an unknown number of token ids', 'bert', {}, words, digits, /set vocabulary/],
    ['a class for a whole image by a U-Net', 'unet', {}, image, digits, /the target needs \[batch, 10\]/],
    ['a wrong option', 'resnet', { blocks: [] }, image, digits, /blocks/],
  ] as const)('refuse %s', (_, name, options, features, target, message) => {
    expect(() => buildModel({ kind: 'named', name, options }, features, target, 1)).toThrow(message);
  });

  it('mlp has the hidden layers that were asked for', () => {
    const options = { hidden: [32, 16], activation: 'gelu', dropout: 0.1 };
    const model = buildModel({ kind: 'named', name: 'mlp', options }, image, digits, 1);
    const weights = layoutOf(model).entries.filter(({ decay }) => decay);
    expect(weights.map(({ dims }) => dims)).toEqual([
      [32, 64],
      [16, 32],
      [10, 16],
    ]);
    expect(model.graph.nodes.filter(({ op }) => op === 'Dropout')).toHaveLength(2);
  });

  it('cnn stops pooling when an axis has no half', () => {
    const options = { filters: [4, 4, 4, 4, 4] };
    const model = buildModel({ kind: 'named', name: 'cnn', options }, image, digits, 1);
    expect(model.graph.nodes.filter(({ op }) => op === 'MaxPool')).toHaveLength(3);
  });
});
