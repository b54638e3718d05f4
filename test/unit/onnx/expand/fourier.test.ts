import { describe, expect, test } from 'vitest';
import { ModelError } from '../../../../shared/onnx/errors.ts';
import { upgradeModel } from '../../../../shared/onnx/upgrade.ts';
import { numbersOf, runOnce } from '../../autodiff/run.ts';
import {
  agrees,
  differentiates,
  expanded,
  feedsWith,
  type Given,
  int,
  modelWith,
  type Use,
} from './agree.ts';

const whole = (...values: number[]): Given => ({
  dims: [],
  tensor: { type: 'int64', dims: [], data: BigInt64Array.from(values, BigInt) },
  initializer: true,
});

function dft(
  dims: number[],
  settings: { inverse?: 1; onesided?: 1; length?: number; axis?: number } = {},
): Use {
  const { inverse, onesided, length, axis } = settings;
  return {
    op: 'DFT',
    attributes: { ...(inverse && { inverse: int(1) }), ...(onesided && { onesided: int(1) }) },
    inputs: [
      { dims },
      length === undefined ? undefined : whole(length),
      ...(axis === undefined ? [] : [whole(axis)]),
    ],
  };
}

const FORMS: readonly (readonly [string, Use])[] = [
  ['real numbers', dft([2, 6, 1])],
  ['an odd length', dft([2, 5, 1])],
  ['half of the frequencies', dft([2, 6, 1], { onesided: 1 })],
  ['half of the frequencies of an odd length', dft([2, 5, 1], { onesided: 1 })],
  ['complex numbers', dft([2, 4, 2])],
  ['backwards', dft([2, 4, 2], { inverse: 1 })],
  ['another axis', dft([3, 4, 5, 2], { axis: 1 })],
  ['a negative axis', dft([3, 4, 5, 1], { axis: -3 })],
  ['filled up with zeros', dft([2, 5, 1], { length: 8 })],
  ['cut', dft([2, 5, 2], { length: 3 })],
];

describe('DFT', () => {
  test.each(FORMS)('of %s agrees with the kernel of ONNX Runtime', (_, form) => agrees(form));
  test.each(FORMS)('of %s is differentiated', (_, form) => differentiates(form));

  test('backwards after forwards is what it was', async () => {
    const form = dft([1, 7, 2]);
    const { y0 } = await runOnce(expanded(form), feedsWith(form));
    const back = dft([1, 7, 2], { inverse: 1 });
    const found = numbersOf((await runOnce(expanded(back), { x0: y0! }))['y0']);
    for (const [k, value] of numbersOf(feedsWith(form)['x0']).entries())
      expect(found[k]).toBeCloseTo(value, 6);
  });

  test('of opset 17 has its axis as an attribute, 1 by default', () => {
    const old = (attributes: Use['attributes']) =>
      upgradeModel(
        modelWith({ op: 'DFT', opset: 17, attributes: attributes ?? {}, inputs: [{ dims: [2, 3, 4, 2] }] }),
      );
    const axisOf = (attributes: Use['attributes']) => {
      const { nodes } = old(attributes).graph;
      const { value } = nodes.find(({ op }) => op === 'Constant')!.attributes;
      expect(nodes.at(-1)!.inputs[2]).toBe(nodes[0]!.outputs[0]);
      return value?.kind === 'tensor' ? Number(value.value.data[0]) : undefined;
    };
    expect(axisOf({})).toBe(1);
    expect(axisOf({ axis: int(2) })).toBe(2);
  });

  test('of more points than a matrix can have is refused', () => {
    expect(() => expanded(dft([1, 5000, 2]))).toThrow(ModelError);
    expect(() => expanded(dft([1, 5000, 2]))).toThrow(/5000 points needs a matrix of 10000 x 10000/);
    expect(() => expanded(dft([1, 4, 3]))).toThrow(/its last axis has 3 numbers/);
    expect(() => expanded(dft([1, 4, 2], { onesided: 1 }))).toThrow(/onesided/);
  });
});

const SHORT: readonly (readonly [string, Use])[] = [
  ['with a window', { op: 'STFT', inputs: [{ dims: [2, 16, 1] }, whole(4), { dims: [8] }, whole(8)] }],
  ['without one', { op: 'STFT', inputs: [{ dims: [1, 13, 1] }, whole(3), undefined, whole(6)] }],
  [
    'of all frequencies',
    {
      op: 'STFT',
      attributes: { onesided: int(0) },
      inputs: [{ dims: [2, 10, 1] }, whole(2), { dims: [5] }, whole(5)],
    },
  ],
];

describe('STFT', () => {
  test.each(SHORT)('%s agrees with the kernel of ONNX Runtime', (_, form) => agrees(form));
  test.each(SHORT)('%s is differentiated', (_, form) => differentiates(form));

  test('of frames longer than the signal is refused', () => {
    const form: Use = { op: 'STFT', inputs: [{ dims: [1, 4, 1] }, whole(1), undefined, whole(8)] };
    expect(() => expanded(form)).toThrow(/frames of 8 numbers, 1 apart, of 4 are not possible/);
  });
});
