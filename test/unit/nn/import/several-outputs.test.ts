import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readersOf } from '../../../../cli/predict-outputs.ts';
import type { Engine } from '../../../../engines/engine.ts';
import { createOnnxRuntimeNode } from '../../../../engines/onnxruntime-node.ts';
import type { LossSumJob } from '../../../../shared/job/loss-job.ts';
import { importForTraining, type OnnxOptions } from '../../../../shared/nn/import/import.ts';
import type { FeatureSpec, SeveralTargets } from '../../../../shared/nn/specs.ts';
import type { Model } from '../../../../shared/onnx/model.ts';
import { float32, type Tensor } from '../../../../shared/onnx/tensor.ts';
import { layoutOf } from '../../../../shared/parameters/layout-of.ts';
import { exportModel } from '../../../../shared/programs/export.ts';
import { trainingProgram } from '../../../../shared/programs/train.ts';
import { initialValues, ProgramRunner, relativeError } from '../../programs/program-runner.ts';

const data = new URL('../../../data/onnx/', import.meta.url);
/** What PyTorch's exporter wrote of a trunk with two outputs, `digit.logits` and `is_even` (a sigmoid's). */
const file = readFileSync(new URL('pytorch-two-heads.onnx', data));
const stored: {
  readonly loss: number;
  readonly logits: readonly number[];
  readonly even: readonly number[];
  readonly gradients: Readonly<Record<string, readonly number[]>>;
} = JSON.parse(readFileSync(new URL('two-heads.json', data), 'utf8'));

const ROWS = 8;
const features: FeatureSpec = { shape: [64], normalize: { kind: 'none' } };
const target: SeveralTargets = {
  kind: 'several',
  outputs: [
    { name: 'digit', target: { kind: 'class', classes: [...'0123456789'] } },
    { name: 'even', target: { kind: 'binary', classes: ['no', 'yes'] } },
  ],
};
const loss: LossSumJob = {
  kind: 'sum',
  terms: [
    {
      ...{ output: 'digit', weight: 1 },
      loss: { kind: 'cross-entropy', weights: undefined, labelSmoothing: 0, ignore: undefined },
    },
    {
      ...{ output: 'even', weight: 0.3 },
      loss: { kind: 'binary-cross-entropy', positiveWeight: undefined },
    },
  ],
};
const outputs: OnnxOptions['outputs'] = { digit: { output: 'digit.logits' }, even: { output: 'is_even' } };
const details = { target, run: 'r', round: 1, version: '1', metrics: {}, producerVersion: '0' };

/** As the script made them. */
const pixels = Float32Array.from(
  { length: ROWS * 64 },
  (_, at) => ((Math.floor(at / 64) * 31 + (at % 64) * 7) % 17) / 16,
);
const labels = Array.from({ length: ROWS }, (_, row) => (row * 3) % 10).flatMap((digit) => [
  digit,
  digit % 2 === 0 ? 1 : 0,
]);

let engine: Engine;
beforeAll(async () => {
  engine = await createOnnxRuntimeNode({ threads: 1 });
});
afterAll(() => engine.close());

async function run(model: Model, sizes: Readonly<Record<string, number>>): Promise<Record<string, Tensor>> {
  const executable = await engine.compile({ model });
  const results = Object.fromEntries(
    Object.entries(sizes).map(([name, size]) => [name, float32([ROWS, size], new Array(ROWS * size))]),
  );
  await executable.run({ [model.graph.inputs[0]!.name]: float32([ROWS, 64], pixels) }, results);
  await executable.release();
  return results;
}

async function trainingStep(model: Model, values: Float32Array) {
  const program = trainingProgram(model, loss, target);
  const runner = await ProgramRunner.compile(engine, program, layoutOf(model));
  const outcome = await runner.run(values, { features: pixels, target: labels });
  await runner.release();
  return outcome;
}

describe('a file of two outputs that PyTorch exported, under names of its own', () => {
  const { model } = importForTraining(file, features, target, { outputs }, 0);
  const layout = layoutOf(model);

  it('has the loss and the gradients of torch.autograd', async () => {
    const { sums, update } = await trainingStep(model, initialValues(model, layout));
    expect(sums['loss']! / ROWS).toBeCloseTo(stored.loss, 5);
    expect(layout.entries.map(({ name }) => name).sort()).toEqual(Object.keys(stored.gradients).sort());
    for (const { name, offset, length } of layout.entries) {
      // The sum over the rows, of which PyTorch took the mean.
      const gradient = update.subarray(offset, offset + length).map((value) => value / ROWS);
      expect(relativeError(gradient, Float32Array.from(stored.gradients[name]!)), name).toBeLessThan(1e-5);
    }
  });

  it('trains, and is handed out with the names of the file’s outputs and weights', async () => {
    const values = initialValues(model, layout);
    const first = (await trainingStep(model, values)).sums['loss']!;
    for (let step = 0; step < 40; step++) {
      const { update } = await trainingStep(model, values);
      for (let at = 0; at < values.length; at++) values[at]! -= (0.5 / ROWS) * update[at]!;
    }
    expect((await trainingStep(model, values)).sums['loss']!).toBeLessThan(first / 3);

    const untouched = exportModel(model, layout, initialValues(model, layout), details, 'original');
    expect(untouched.graph.inputs.map(({ name }) => name)).toEqual(['pixels']);
    expect(untouched.graph.outputs.map(({ name }) => name)).toEqual(['digit.logits', 'is_even']);
    expect([...untouched.graph.initializers.keys()]).toEqual(
      expect.arrayContaining(Object.keys(stored.gradients)),
    );
    const made = await run(untouched, { 'digit.logits': 10, is_even: 1 });
    for (const [name, wanted] of [
      ['digit.logits', stored.logits],
      ['is_even', stored.even],
    ] as const) {
      const error = relativeError(made[name]!.data as Float32Array, Float32Array.from(wanted));
      expect(error, name).toBeLessThan(1e-5);
    }
    // Whoever asks it finds each target's output by the file's name for it.
    const readers = readersOf(untouched, 'model.onnx');
    expect(readers.map(({ name, value }) => [name, value])).toEqual([
      ['digit', 'digit.logits'],
      ['even', 'is_even'],
    ]);
    const last = (made['is_even']!.data as Float32Array)[0]!;
    expect(readers[1]!.interpret(Float32Array.of(last))).toEqual({
      value: last >= 0.5 ? 'yes' : 'no',
      probability: Math.max(last, 1 - last),
    });
  });

  it('takes a head of its own for one target, and keeps the other', async () => {
    const head = { at: 'last', layers: [{ type: 'dense', options: { units: 10, bias: true } }] };
    const job = { outputs: { ...outputs, digit: { output: 'digit.logits', head } } };
    const changed = importForTraining(file, features, target, job, 3);
    const names = [...changed.model.graph.initializers.keys()];
    expect(names).toEqual(
      expect.arrayContaining(['head.digit.dense1.weight', 'head.digit.dense1.bias', 'parity.weight']),
    );
    expect(names).not.toContain('which.weight');
    const own = layoutOf(changed.model);
    const out = exportModel(changed.model, own, initialValues(changed.model, own), details, 'original');
    expect(out.graph.outputs.map(({ name }) => name)).toEqual(['digit.logits', 'is_even']);
    const made = await run(out, { 'digit.logits': 10, is_even: 1 });
    const even = made['is_even']!.data as Float32Array;
    expect(relativeError(even, Float32Array.from(stored.even))).toBeLessThan(1e-5);
  });

  it('gives two targets heads on one output: each is called by its target in what is handed out', async () => {
    const head = (units: number) => ({
      ...{ output: 'digit.logits' },
      head: { at: 'last', layers: [{ type: 'dense', options: { units, bias: true } }] },
    });
    const job = { outputs: { digit: head(10), even: head(1) } };
    const changed = importForTraining(file, features, target, job, 3);
    const own = layoutOf(changed.model);
    const entries = own.entries.map(({ name }) => name);
    expect(entries.sort()).toEqual(
      ['digit', 'even']
        .flatMap((name) => [`head.${name}.dense1.bias`, `head.${name}.dense1.weight`])
        .concat('trunk.bias', 'trunk.weight'),
    );
    const out = exportModel(changed.model, own, initialValues(changed.model, own), details, 'original');
    expect(out.graph.outputs.map(({ name }) => name)).toEqual(['digit', 'even']);
    const made = await run(out, { digit: 10, even: 1 });
    expect((made['digit']!.data as Float32Array).every(Number.isFinite)).toBe(true);
    expect(readersOf(out, 'm').map(({ value }) => value)).toEqual(['digit', 'even']);
  });

  it.each<[string, OnnxOptions, RegExp]>([
    [
      'a target that is no output',
      {},
      /names 'digit'.* it has 'digit.logits', 'is_even'; say which.*outputs: \{ digit: NAME \}/,
    ],
    [
      'an output that is not there',
      { outputs: { ...outputs, even: { output: 'odd' } } },
      /onnx\.outputs\.even\.output.*it is 'odd'.*it has 'digit.logits', 'is_even'/,
    ],
    [
      'outputs the wrong way round',
      { outputs: { digit: { output: 'is_even' }, even: { output: 'digit.logits' } } },
      /output 'is_even'.*needs float32 \[batch, 10\].*outputs: \{ digit: \{ head: \{ layers: \[dense: 10\] \} \} \}/,
    ],
    ['one head for all', { head: { at: 'last', layers: [] } }, /outputs: \{ digit: \{ head: … \} \}/],
    [
      'a place for a head that is not there',
      { outputs: { ...outputs, even: { output: 'is_even', head: { at: 'trunc', layers: [] } } } },
      /onnx\.outputs\.even\.head\.at.*no value or node 'trunc'/,
    ],
  ])('refuses %s', (_, job, message) => {
    expect(() => importForTraining(file, features, target, job, 0)).toThrow(message);
  });

  it('of one target, says where outputs belongs', () => {
    expect(() => importForTraining(file, features, target.outputs[0]!.target, { outputs }, 0)).toThrow(
      /outputs is of several targets/,
    );
    expect(() =>
      importForTraining(file, features, target.outputs[0]!.target, { output: 'digit' }, 0),
    ).toThrow(/no output 'digit': it has 'digit.logits', 'is_even'/);
  });
});
