import { describe, expect, it } from 'vitest';
import { parseJob } from '../../../shared/job/parse.ts';
import { add, concatenate, dot, functional, input, multiply } from '../../../shared/nn/build/graph.ts';
import { nn, sequential } from '../../../shared/nn/build/layers.ts';
import { layerRegistry } from '../../../shared/nn/layers/registry.ts';
import { buildModel, type TargetSpec } from '../../../shared/nn/model.ts';
import { writeModel } from '../../../shared/onnx/write.ts';

const image = { shape: [1, 8, 8], normalize: { kind: 'divide', by: 16 } } as const;
const digits: TargetSpec = { kind: 'class', classes: [...'0123456789'] };

function parsed(layers: string) {
  const text = `
name: t
data: { source: a.csv, target: { column: 0 } }
model:
  layers:${layers}
loss: cross-entropy
epochs: 1
`;
  return parseJob(text, 'job.yaml').model;
}

describe('sequential', () => {
  it('makes the model that the same layers make in a job file', () => {
    const written = sequential([
      nn.conv({ filters: 8, kernel: 3, padding: 'same', bias: false }),
      nn.batchNorm(),
      nn.relu(),
      nn.maxPool(2),
      nn.residual([nn.conv({ filters: 8, kernel: 1 }), nn.leakyRelu(0.1)]),
      nn.globalAveragePool(),
      nn.dense(10),
    ]);
    const file = parsed(`
    - conv: { filters: 8, kernel: 3, padding: same, bias: false }
    - batch-norm
    - relu
    - max-pool: 2
    - residual: [{ conv: { filters: 8, kernel: 1 } }, { leaky-relu: 0.1 }]
    - global-average-pool
    - dense: 10
`);
    expect(written).toEqual(file);
    expect(writeModel(buildModel(written, image, digits, 3))).toEqual(
      writeModel(buildModel(file, image, digits, 3)),
    );
  });

  it('has a function for every layer but those that join values', () => {
    const joining = ['label', 'from', 'add', 'multiply', 'concatenate', 'dot'];
    for (const word of Object.keys(layerRegistry).filter((name) => !joining.includes(name))) {
      expect(nn, word).toHaveProperty(word.replace(/-(.)/g, (_, letter: string) => letter.toUpperCase()));
    }
  });

  it('refuses wrong options where they are written', () => {
    // @ts-expect-error units are a number
    expect(() => nn.dense({ units: 'many' })).toThrow('for example `- dense: 64`');
    // @ts-expect-error there is no such option
    expect(() => nn.dropout({ rats: 0.1 })).toThrow('rats');
  });
});

describe('functional', () => {
  it('makes lists with labels where values are used again', () => {
    const x = input();
    const trunk = nn.relu()(nn.dense(6)(nn.flatten()(x)));
    const left = nn.dense(6)(trunk);
    const joined = concatenate([left, multiply(trunk, left), add(trunk, left)]);
    const model = functional(x, nn.dense(10)(joined));
    expect(model).toEqual(
      parsed(`
    - flatten
    - dense: 6
    - relu
    - label: value1
    - dense: 6
    - label: value2
    - from: value1
    - multiply: [value2]
    - label: value3
    - from: value1
    - add: [value2]
    - label: value4
    - from: value2
    - concatenate: [value3, value4]
    - dense: 10
`),
    );
    const { graph } = buildModel(model, image, digits, 1);
    expect(graph.nodes.filter(({ op }) => op === 'Concat')).toHaveLength(1);
    expect(graph.outputs[0]?.dims).toEqual(['batch', 10]);
  });

  it('makes two towers of one input', () => {
    const x = input();
    const side = (columns: number[]) => nn.dense(4)(nn.columns(columns)(x));
    const model = functional(x, dot(side([0, 1]), side([2, 3])));
    const features = { shape: [4], normalize: { kind: 'none' } } as const;
    const { graph } = buildModel(model, features, { kind: 'number' }, 1);
    expect(graph.outputs[0]).toMatchObject({ name: 'prediction', dims: ['batch', 1] });
    expect([...graph.initializers.keys()].filter((name) => name.endsWith('weight'))).toHaveLength(2);
  });

  it('refuses an output that another input leads to', () => {
    const [x, y] = [input(), input()];
    expect(() => functional(x, nn.relu()(y))).toThrow('another input()');
    expect(() => functional(x, add(x, nn.relu()(y)))).toThrow('another input()');
  });
});
