import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { gradientModel } from '../../../../shared/autodiff/gradient-model.ts';
import { GraphBuilder } from '../../../../shared/onnx/builder.ts';
import { distance, numbersOf, runOnce } from '../../autodiff/run.ts';
import { tensorOf } from '../../autodiff/spec.ts';
import { expanded, feedsWith, int, ints, type Use } from './agree.ts';

interface Numbers {
  readonly dims: readonly number[];
  readonly values: readonly number[];
  readonly gradient: readonly number[];
}

/** By test/data/onnx/deformable.py. */
interface Stored {
  readonly name: string;
  readonly strides: readonly number[];
  readonly pads: readonly number[];
  readonly dilations: readonly number[];
  readonly group: number;
  readonly offset_group: number;
  readonly inputs: Readonly<Record<'x' | 'w' | 'offset', Numbers>> &
    Readonly<Partial<Record<'b' | 'mask', Numbers>>>;
  readonly dims: readonly number[];
  readonly y: readonly number[];
  /** That the loss sums the result with. */
  readonly weights: readonly number[];
}

const stored = JSON.parse(
  readFileSync(new URL('../../../data/onnx/deformable.json', import.meta.url), 'utf8'),
) as readonly Stored[];

function useOf(one: Stored): Use {
  const { x, w, offset, b, mask } = one.inputs;
  const given = (numbers: Numbers | undefined) => numbers && { dims: numbers.dims, values: numbers.values };
  return {
    op: 'DeformConv',
    attributes: {
      strides: ints(...one.strides),
      pads: ints(...one.pads),
      dilations: ints(...one.dilations),
      group: int(one.group),
      offset_group: int(one.offset_group),
    },
    inputs: [x, w, offset, b, mask].map(given),
  };
}

describe("DeformConv agrees with torchvision's", () => {
  test.each(stored.map((one) => [one.name, one] as const))('%s', async (_, one) => {
    const use = useOf(one);
    const model = expanded(use);
    const builder = GraphBuilder.from(model);
    const weights = builder.input('weights', 'float32', one.dims);
    builder.output(builder.op('ReduceSum', [builder.op('Mul', ['y0', weights])], { keepdims: 0 }), 'loss');
    const inputs = [one.inputs.x, one.inputs.w, one.inputs.offset, one.inputs.b, one.inputs.mask];
    const names = inputs.flatMap((input, k) => (input ? [`x${k}`] : []));
    const feeds = { ...feedsWith(use), weights: tensorOf('float32', one.dims, one.weights) };
    for (const target of ['cpu', 'webgpu'] as const) {
      const results = await runOnce(gradientModel(builder.build(), 'loss', names, target), feeds);
      expect(results['y0']?.dims).toEqual(one.dims);
      const compared = [
        [results['y0'], one.y] as const,
        ...inputs.flatMap((input, k) => (input ? [[results[`x${k}_grad`], input.gradient] as const] : [])),
      ];
      for (const [actual, expected] of compared) {
        const { error, size } = distance(numbersOf(actual), expected);
        expect(error).toBeLessThan(2e-5 * size + 1e-6);
      }
    }
  });

  test('groups that do not fit are refused', () => {
    const first = useOf(stored[0]!);
    expect(() => expanded({ ...first, attributes: { ...first.attributes, group: int(3) } })).toThrow(
      /1 channels and 1 filters do not go into 3 and 1 groups/,
    );
    const offsets = { dims: [1, 4, 3, 4] };
    expect(() => expanded({ ...first, inputs: [first.inputs[0], first.inputs[1], offsets] })).toThrow(
      /its offsets have 4 channels; 2 are needed/,
    );
  });
});
