import { expect, test } from 'vitest';
import { buildModel, type TargetSpec } from '../../../../shared/nn/model.ts';
import type { Scale } from '../../../../shared/nn/specs.ts';
import { inspectModel } from '../../../../shared/onnx/inspect/inspect.ts';
import { writeModel } from '../../../../shared/onnx/write.ts';

const LAYERS = [{ type: 'dense', options: { units: 1 } }];

/** Layers that are recognised in a model whose target is scaled so. */
function layers(normalize?: Scale): readonly string[] {
  const target: TargetSpec = { kind: 'number', ...(normalize && { normalize }) };
  const features = { shape: [2], normalize: { kind: 'none' } } as const;
  const found = inspectModel(writeModel(buildModel({ kind: 'layers', layers: LAYERS }, features, target, 1)));
  return 'layers' in found ? found.layers : [];
}

const DENSE = 'dense layer, 2 to 1';
const STANDARDIZED = { kind: 'standardize', mean: [200_000], deviation: [60_000] } as const;

test.each<[string, Scale | undefined, readonly string[]]>([
  ['none', undefined, []],
  [
    'a divisor',
    { kind: 'divide', by: 1000 },
    ['prediction times a fixed number: back to the units of a table'],
  ],
  [
    'mean and deviation',
    STANDARDIZED,
    ['prediction times a fixed number, and a fixed one added: back to the units of a table'],
  ],
])('an inspection shows the end of a model whose target is scaled: by %s', (_, normalize, end) => {
  expect(layers(normalize)).toEqual([DENSE, ...end]);
});
