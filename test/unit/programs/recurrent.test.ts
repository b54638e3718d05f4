import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Engine } from '../../../engines/engine.ts';
import { createOnnxRuntimeNode } from '../../../engines/onnxruntime-node.ts';
import { gradientModel } from '../../../shared/autodiff/gradient-model.ts';
import type { LossJob } from '../../../shared/job/job.ts';
import { buildModel, type TargetSpec } from '../../../shared/nn/model.ts';
import { layoutOf } from '../../../shared/parameters/layout-of.ts';
import { evaluationProgram } from '../../../shared/programs/evaluate.ts';
import { predictionProgram } from '../../../shared/programs/predict.ts';
import { trainingProgram } from '../../../shared/programs/train.ts';
import { initialValues, ProgramRunner } from './program-runner.ts';

const loss: LossJob = { kind: 'cross-entropy', weights: undefined, labelSmoothing: 0, ignore: undefined };
const target: TargetSpec = { kind: 'class', classes: ['a', 'b'] };

let engine: Engine;
beforeAll(async () => {
  engine = await createOnnxRuntimeNode({ threads: 1 });
});
afterAll(() => engine.close());

describe.each(['lstm', 'gru', 'rnn'])('a model with a layer %s', (type) => {
  const model = buildModel(
    {
      kind: 'layers',
      layers: [
        { type, options: { units: 5, return: 'last', bidirectional: true } },
        { type: 'dense', options: { units: 2 } },
      ],
    },
    { shape: [9, 3], normalize: { kind: 'none' } },
    target,
    1,
  );
  const op = type.toUpperCase();
  const operators = (program: { model: typeof model }) => program.model.graph.nodes.map((node) => node.op);

  test('is one node in every program; its gradient is a Scan, on WebGPU it is written out', () => {
    const program = trainingProgram(model, loss, target);
    expect(operators({ model })).toContain(op);
    expect(operators(program)).toContain(op);
    expect(operators(evaluationProgram(model, loss, target, []))).toContain(op);
    expect(operators(predictionProgram(model, target))).toContain(op);
    const derived = (where: 'cpu' | 'wasm' | 'webgpu') =>
      operators({ model: gradientModel(program.model, 'loss', program.differentiate, where) });
    for (const where of ['cpu', 'wasm'] as const) {
      // Two directions, forwards and back.
      expect(derived(where).filter((name) => name === 'Scan')).toHaveLength(4);
      expect(derived(where)).not.toContain(op);
    }
    expect(derived('webgpu')).not.toContain('Scan');
    expect(derived('webgpu')).not.toContain(op);
  });

  test('the graph of a step does not grow with the sequence', () => {
    const nodes = [8, 64].map((time) => {
      const long = buildModel(
        {
          kind: 'layers',
          layers: [
            { type, options: { units: 5, return: 'last' } },
            { type: 'dense', options: { units: 2 } },
          ],
        },
        { shape: [time, 3], normalize: { kind: 'none' } },
        target,
        1,
      );
      const program = trainingProgram(long, loss, target);
      return operators({ model: gradientModel(program.model, 'loss', program.differentiate) }).length;
    });
    expect(nodes[1]).toBe(nodes[0]);
  });

  test('the loss in training is that in evaluation, and falls along the gradient', async () => {
    const layout = layoutOf(model);
    const values = initialValues(model, layout);
    const features = Array.from({ length: 4 * 9 * 3 }, (_, i) => Math.sin(i * 1.7));
    const batch = { features, target: [0, 1, 1, 0] };
    const trainer = await ProgramRunner.compile(engine, trainingProgram(model, loss, target), layout);
    const evaluator = await ProgramRunner.compile(engine, evaluationProgram(model, loss, target, []), layout);
    const before = await trainer.run(values, batch);
    const evaluated = await evaluator.run(values, batch);
    expect(evaluated.sums['loss']).toBeCloseTo(before.sums['loss'] as number, 4);
    const zeros = layout.entries.filter(({ offset, length }) =>
      before.update.subarray(offset, offset + length).some((value) => value === 0),
    );
    expect(zeros.map(({ name }) => name)).toEqual([]);
    const moved = values.map((value, i) => value - 0.01 * (before.update[i] as number));
    const after = await trainer.run(moved, batch);
    expect(after.sums['loss']).toBeLessThan(before.sums['loss'] as number);
  });
});
