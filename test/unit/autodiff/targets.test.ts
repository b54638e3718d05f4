import { expect, test } from 'vitest';
import { gradientModel } from '../../../shared/autodiff/gradient-model.ts';
import type { LoweringTarget } from '../../../shared/autodiff/registry.ts';
import { distance, numbersOf, runOnce } from './run.ts';
import { allFeedsOf, modelOf, nameOf, type Spec, wantedOf } from './spec.ts';
import { SPECS } from './specs.ts';

/** Operators that the WebGPU provider leaves to the CPU, from the measurements of which operator runs where. */
const NOT_ON_WEBGPU = [
  'Sign',
  'Sum',
  'Mean',
  'OneHot',
  'LogSoftmax',
  'ConstantOfShape',
  'Dropout',
  'MaxUnpool',
  'GlobalAveragePool',
  'GlobalMaxPool',
  'Round',
  'Mod',
  'Elu',
  'Selu',
  'Celu',
  'Softplus',
  'Softsign',
  'HardSigmoid',
  'SpaceToDepth',
  'Size',
];

const specs = SPECS.filter((spec) => spec.check !== 'zero').map((spec) => [nameOf(spec), spec] as const);

async function gradientsOf(spec: Spec, target: LoweringTarget, provider: 'cpu' | 'wasm') {
  return runOnce(gradientModel(modelOf(spec), 'loss', wantedOf(spec), target), allFeedsOf(spec), provider);
}

test.each(specs)(
  '%s: onnxruntime-web (wasm and portable forms) agrees with onnxruntime-node',
  async (_, spec) => {
    const expected = await gradientsOf(spec, 'cpu', 'cpu');
    for (const target of ['wasm', 'webgpu'] as const) {
      const actual = await gradientsOf(spec, target, 'wasm');
      for (const name of wantedOf(spec)) {
        const { error, size } = distance(
          numbersOf(actual[`${name}_grad`]),
          numbersOf(expected[`${name}_grad`]),
        );
        expect(error).toBeLessThan(1e-5 * size + 1e-6);
      }
    }
  },
);

test.each(specs)('%s: the webgpu form adds no operator that WebGPU lacks', (_, spec) => {
  const model = modelOf(spec);
  const forward = new Set(model.graph.nodes.map((node) => node.op));
  const added = gradientModel(model, 'loss', wantedOf(spec), 'webgpu').graph.nodes.filter(
    (node) => !forward.has(node.op) && NOT_ON_WEBGPU.includes(node.op),
  );
  expect(added.map((node) => node.name)).toEqual([]);
});
