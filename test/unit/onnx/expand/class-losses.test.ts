import { describe, test } from 'vitest';
import { agrees, differentiates, type Given, int, text, type Use } from './agree.ts';

const labels = (dims: number[]): Given => ({
  dims,
  type: 'int64',
  values: Array.from({ length: dims.reduce((a, b) => a * b, 1) }, (_, k) => (k * 3 + 1) % 5),
});
const weights: Given = { dims: [5], range: [0.2, 2] };

const ROWS: readonly Use[] = ['SoftmaxCrossEntropyLoss', 'NegativeLogLikelihoodLoss'].flatMap((op) =>
  ['none', 'sum', 'mean'].flatMap((reduction) =>
    [[], [2], [2, 3], [2, 2, 2]].flatMap((rest) =>
      [false, true].flatMap((weighted) =>
        [undefined, 1].map(
          (ignore): Use => ({
            op,
            attributes: {
              reduction: text(reduction),
              ...(ignore === undefined ? {} : { ignore_index: int(ignore) }),
            },
            inputs: [
              { dims: [3, 5, ...rest], range: [-3, 3] },
              labels([3, ...rest]),
              ...(weighted ? [weights] : []),
            ],
            outputs: op === 'SoftmaxCrossEntropyLoss' ? 2 : 1,
          }),
        ),
      ),
    ),
  ),
);

const title = (use: Use) =>
  `${use.op}, ${JSON.stringify(use.attributes)}, ${use.inputs.map((input) => `[${input?.dims.join(', ')}]`).join(' ')}`;
const named = ROWS.map((use) => [title(use), use] as const);

describe('agrees with the kernel of ONNX Runtime', () => {
  test.each(named)('%s', async (_, use) => {
    await agrees(use);
  });

  test('a label that is ignored lies outside of the classes', async () => {
    await agrees({
      op: 'SoftmaxCrossEntropyLoss',
      attributes: { ignore_index: int(-100) },
      inputs: [{ dims: [3, 5] }, { dims: [3], type: 'int64', values: [4, -100, 0] }, weights],
    });
  });
});

describe('is differentiated', () => {
  test.each(named.filter((_, k) => k % 3 === 0))('%s', async (_, use) => {
    await differentiates(use);
  });
});
