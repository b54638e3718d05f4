import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Engine, EngineError } from '../../../engines/engine.ts';
import { createOnnxRuntimeNode } from '../../../engines/onnxruntime-node.ts';
import { createTfjs } from '../../../engines/tfjs/tfjs.ts';
import { nameOf, type Spec } from '../autodiff/spec.ts';
import { SPECS } from '../autodiff/specs.ts';
import { disagreement, valuesBy } from './agreement.ts';

/**
 * What TensorFlow.js cannot check, and why: the names of specs, or of all specs of an operator. Each is run all
 * the same, and has to fail with a message that says so.
 */
const BEYOND: Readonly<Record<string, string>> = {
  // PyTorch and finite differences check these: the interpreter is a second opinion on what common models use.
  ...Object.fromEntries(
    [
      ...[
        'InstanceNormalization',
        'GroupNormalization',
        'LpNormalization',
        'MeanVarianceNormalization',
        'LRN',
      ],
      ...[
        'LpPool',
        'GlobalLpPool',
        'Resize',
        'GridSample',
        'AffineGrid',
        'RoiAlign',
        'Col2Im',
        'CenterCropPad',
      ],
      ...['Compress', 'ReverseSequence', 'Det', 'RandomNormalLike'],
      ...['QuantizeLinear', 'DequantizeLinear', 'DynamicQuantizeLinear'],
      ...['BitShift', 'BitwiseAnd', 'BitwiseNot', 'BitwiseOr', 'BitwiseXor'],
    ].map((op) => [op, 'the interpreter has no row for it']),
  ),
  'AveragePool: dilated, padded, pads not counted': 'TensorFlow.js pools with strides or dilations, not both',
  'ConvTranspose: 3-D, padded': 'the interpreter has images and sequences, no volumes',
  'Conv: 3-D, strided': 'the interpreter has images and sequences, no volumes',
  'ConvTranspose: 3-D': 'the interpreter has images and sequences, no volumes',
  'MaxPool: 3-D': 'the interpreter has images and sequences, no volumes',
  'AveragePool: 3-D with a rest': 'the interpreter has images and sequences, no volumes',
  MaxUnpool: 'TensorFlow.js has no such operator',
  GatherND: 'TensorFlow.js has no gradient of gatherND',
  ScatterND: 'TensorFlow.js has no gradient of scatterND',
  ScatterElements: 'TensorFlow.js has no such operator',
  TopK: 'TensorFlow.js has no gradient of topk',
  Hardmax: 'its gradient is zero: there is nothing to compare',
  NonZero: 'its gradient is zero: there is nothing to compare',
  EyeLike: 'its gradient is zero: there is nothing to compare',
};

const reasonOf = (spec: Spec): string | undefined => BEYOND[nameOf(spec)] ?? BEYOND[spec.op];
const checked = SPECS.filter((spec) => reasonOf(spec) === undefined);
const beyond = SPECS.filter((spec) => reasonOf(spec) !== undefined);

describe('gradients by our rules on ONNX Runtime, and by TensorFlow.js of the same forward graph', () => {
  let ours: Engine;
  let theirs: Engine;
  beforeAll(async () => {
    ours = await createOnnxRuntimeNode({ threads: 1 });
    theirs = await createTfjs({ backend: 'cpu' });
    const list = beyond.map(
      (spec) => `SKIPPED: gradient against TensorFlow.js: ${nameOf(spec)}: ${reasonOf(spec)}`,
    );
    console.info(list.join('\n'));
  });
  afterAll(async () => {
    await Promise.all([ours.close(), theirs.close()]);
  });

  it.each(checked.map((spec) => [nameOf(spec), spec] as const))('agree on %s', async (_, spec) => {
    const expected = await valuesBy(theirs, spec);
    for (const [name, values] of await valuesBy(ours, spec)) {
      expect(disagreement(values, expected.get(name)!), name).toBeLessThanOrEqual(1);
    }
  });

  it.each(beyond.map((spec) => [nameOf(spec), spec] as const))('are not compared on %s', async (_, spec) => {
    const failure = valuesBy(theirs, spec);
    await expect(failure).rejects.toThrow(EngineError);
    await expect(failure).rejects.toThrow(spec.op);
  });
});
