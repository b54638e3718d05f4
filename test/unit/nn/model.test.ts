import { describe, expect, it } from 'vitest';
import { buildModel, type FeatureSpec, type TargetSpec } from '../../../shared/nn/model.ts';
import { modelRegistry } from '../../../shared/nn/models/registry.ts';
import { layoutOf } from '../../../shared/parameters/layout-of.ts';

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
  it.each(Object.keys(modelRegistry))('%s builds with its defaults, for each kind of target', (name) => {
    const targets: TargetSpec[] = [digits, { kind: 'number' }, { kind: 'binary', classes: ['no', 'yes'] }];
    const outputs = targets.map(
      (target) =>
        buildModel({ kind: 'named', name, options: {} }, image, target, 1).graph.outputs[0]?.dims[1],
    );
    expect(outputs).toEqual([10, 1, 1]);
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
