import { expect, test } from 'vitest';
import { differentiate } from '../../../shared/autodiff/differentiate.ts';
import { gradientModel } from '../../../shared/autodiff/gradient-model.ts';
import { GraphBuilder } from '../../../shared/onnx/builder.ts';
import type { Model } from '../../../shared/onnx/model.ts';
import { directional } from './numeric.ts';
import { numbersOf, runOnce } from './run.ts';
import { allFeedsOf, modelOf, nameOf, tensorOf, wantedOf } from './spec.ts';
import { SPECS } from './specs.ts';

/** `loss` becomes the sum of the first gradient's elements, each squared and halved. */
function squaredGradient(model: Model, wanted: readonly string[]): Model {
  const first = gradientModel(model, 'loss', wanted);
  const builder = GraphBuilder.from({
    ...first,
    graph: { ...first.graph, outputs: first.graph.outputs.filter(({ name }) => name !== 'loss') },
  });
  const terms = wanted.map((name) => builder.op('ReduceSumSquare', [`${name}_grad`], { keepdims: 0 }));
  const total = terms.reduce((sum, term) => builder.op('Add', [sum, term]));
  builder.output(
    builder.op('Mul', [total, builder.scalar(0.5, 'float64')], {}, 'penalty'),
    'penalty_of_gradient',
  );
  return renameOutput(builder.build());
}

function renameOutput(model: Model): Model {
  const rename = (value: string) =>
    value === 'loss'
      ? 'first_loss'
      : value === 'penalty_of_gradient'
        ? 'loss'
        : value.replace(/_grad$/, '_first');
  const { graph } = model;
  return {
    ...model,
    graph: {
      ...graph,
      nodes: graph.nodes.map((n) => ({ ...n, inputs: n.inputs.map(rename), outputs: n.outputs.map(rename) })),
      outputs: graph.outputs.map((o) => ({ ...o, name: rename(o.name) })),
    },
  };
}

test.each(SPECS.filter((spec) => spec.twice).map((spec) => [nameOf(spec), spec] as const))(
  'the gradient of %s is differentiated again',
  async (_, spec) => {
    const model = squaredGradient(modelOf(spec, 'float64'), wantedOf(spec));
    const { analytic, numeric, scale } = await directional(
      model,
      allFeedsOf(spec, 'float64'),
      wantedOf(spec),
      'float64',
    );
    expect(Math.abs(analytic - numeric)).toBeLessThan(1e-6 * scale);
  },
);

test('no second derivative through tanh (tensorflow/tfjs#3252): tanh of a dense layer, differentiated twice', async () => {
  const builder = new GraphBuilder();
  const x = builder.input('x', 'float64', [3, 4]);
  const w = builder.input('w', 'float64', [4, 2]);
  const b = builder.input('b', 'float64', [2]);
  const y = builder.op('Tanh', [builder.op('Gemm', [x, w, b])]);
  const sum = builder.op('ReduceSum', [y, builder.ints([0, 1])], { keepdims: 0 });
  const first = differentiate(builder, sum, ['x']).get('x') as string;
  const penalty = builder.op('ReduceSumSquare', [first], { keepdims: 0 });
  builder.output(penalty, 'loss');
  const feeds = Object.fromEntries(
    [
      ['x', [3, 4]],
      ['w', [4, 2]],
      ['b', [2]],
    ].map(([name, dims]) => {
      const shape = dims as number[];
      const count = shape.reduce((a, n) => a * n, 1);
      return [
        name,
        tensorOf(
          'float64',
          shape,
          Array.from({ length: count }, (_, k) => Math.sin(k * 1.7 + count)),
        ),
      ];
    }),
  );
  const { analytic, numeric, scale } = await directional(builder.build(), feeds, ['x', 'w', 'b'], 'float64');
  expect(Math.abs(analytic - numeric)).toBeLessThan(1e-6 * scale);
});

test('x^3 twice is 6 x', async () => {
  const builder = new GraphBuilder();
  const x = builder.input('x', 'float64', []);
  const y = builder.op('Mul', [builder.op('Mul', [x, x]), x]);
  const first = differentiate(builder, y, ['x']).get('x') as string;
  const second = differentiate(builder, first, ['x']).get('x') as string;
  builder.output(second);
  const results = await runOnce(builder.build(), { x: tensorOf('float64', [], [1.25]) });
  expect(numbersOf(results[second])[0]).toBeCloseTo(7.5, 12);
});
