import { describe, expect, it } from 'vitest';
import type { LayerJob } from '../../../shared/job/job.ts';
import { buildModel } from '../../../shared/nn/model.ts';
import type { TargetSpec } from '../../../shared/nn/specs.ts';
import { evaluationProgram } from '../../../shared/programs/evaluate.ts';

const target: TargetSpec = { kind: 'symbols', classes: ['a', 'b', 'c'], dims: [4], steps: 6 };
const features = { shape: [8, 2], normalize: { kind: 'none' } } as const;
const lstm = { type: 'lstm', options: { units: 4 } };
const dense = (units: number) => ({ type: 'dense', options: { units } });
const model = (layers: readonly LayerJob[], shape: readonly number[] = features.shape) =>
  buildModel({ kind: 'layers', layers }, { ...features, shape }, target, 1);

describe('a model that reads labels', () => {
  it('has outputs for each symbol and the blank at every step, as a recurrent one has by itself', () => {
    const layers = model([lstm, dense(4)]);
    expect(layers.graph.outputs[0]).toMatchObject({ name: 'logits', dims: ['batch', 8, 4] });
    const job = { kind: 'named', name: 'gru', options: { units: 4 } } as const;
    expect(buildModel(job, features, target, 1).graph.outputs[0]!.dims).toEqual(['batch', 8, 4]);
  });

  it('is refused with another number of outputs, without steps, or with a softmax', () => {
    expect(() => model([lstm, dense(3)])).toThrow(
      /needs \[batch, steps, 4\], at each of 6 or more steps 3 symbols and the blank/,
    );
    expect(() => model([{ type: 'flatten', options: {} }, dense(4)])).toThrow(
      /end with layers that keep the steps/,
    );
    expect(() => model([lstm, dense(4), { type: 'softmax', options: {} }])).toThrow(/remove this layer/);
  });

  it('is refused with fewer steps than a label needs', () => {
    expect(() => model([lstm, dense(4)], [5, 2])).toThrow(
      /its 5 steps are fewer than the 6 that labels need/,
    );
  });

  it('has its blank among its outputs', () => {
    const built = model([lstm, dense(4)]);
    expect(() => evaluationProgram(built, { kind: 'ctc', blank: 4 }, target)).toThrow(
      /the blank is output 4, but 3 classes and a blank are outputs 0 to 3/,
    );
    expect(() => evaluationProgram(built, { kind: 'mse' }, target)).toThrow(/use ctc/);
  });
});
