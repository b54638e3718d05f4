import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Engine } from '../../../engines/engine.ts';
import { createOnnxRuntimeNode } from '../../../engines/onnxruntime-node.ts';
import type { LossJob } from '../../../shared/job/job.ts';
import { buildModel } from '../../../shared/nn/model.ts';
import { ModelBuildError } from '../../../shared/nn/model-build-error.ts';
import type { FeatureSpec, TargetSpec } from '../../../shared/nn/specs.ts';
import { GraphBuilder } from '../../../shared/onnx/builder.ts';
import { float32, int32, sizeOf, type Tensor } from '../../../shared/onnx/tensor.ts';
import { createRandom } from '../../../shared/parameters/random.ts';
import { LOSS } from '../../../shared/programs/program.ts';
import { appendSums } from '../../../shared/programs/sums.ts';
import { trainingProgram } from '../../../shared/programs/train.ts';

let engine: Engine;
beforeAll(async () => {
  engine = await createOnnxRuntimeNode({ threads: 1 });
});
afterAll(() => engine.close());

const crossEntropy: LossJob = {
  kind: 'cross-entropy',
  weights: undefined,
  labelSmoothing: 0,
  ignore: undefined,
};
const mse: LossJob = { kind: 'mse' };

/** The program of a loss over an output, its sums and the output's gradient. */
async function measure(
  loss: LossJob,
  spec: TargetSpec,
  output: Tensor,
  target: Tensor | undefined,
  options: { evaluate?: boolean; features?: Tensor } = {},
) {
  const builder = new GraphBuilder();
  const { features, evaluate = false } = options;
  if (features) builder.input('features', 'float32', ['batch', ...features.dims.slice(1)]);
  builder.input('output', 'float32', ['batch', ...output.dims.slice(1)]);
  const { sums, extras } = appendSums(builder, ['output'], loss, spec, { evaluate });
  const executable = await engine.compile({
    model: builder.build(),
    gradients: { of: LOSS, withRespectTo: ['output'] },
  });
  const results: Record<string, Tensor> = Object.fromEntries(
    [...sums.map((name) => ({ name, dims: [] as number[] })), ...extras].map(({ name, dims }) => [
      name,
      float32(dims, new Float32Array(sizeOf(dims))),
    ]),
  );
  results['output_grad'] = float32(output.dims, new Float32Array(output.data.length));
  const feeds = { output, ...(target && { target }), ...(features && { features }) };
  await executable.run(feeds, results);
  await executable.release();
  return {
    sums: Object.fromEntries(sums.map((name) => [name, (results[name]!.data as Float32Array)[0]!])),
    extras: extras.map(({ name }) => name),
    gradient: results['output_grad'].data as Float32Array,
  };
}

/** Softmax cross-entropy in double precision. */
function reference(logits: Float32Array, labels: readonly number[], classes: number, ignore?: number) {
  const gradient = new Float64Array(logits.length);
  let [loss, examples, correct] = [0, 0, 0];
  labels.forEach((label, row) => {
    if (label === ignore) return;
    const values = [...logits.subarray(row * classes, (row + 1) * classes)];
    const most = Math.max(...values);
    const exponentials = values.map((value) => Math.exp(value - most));
    const sum = exponentials.reduce((all, value) => all + value, 0);
    loss += Math.log(sum) + most - values[label]!;
    examples++;
    if (values.indexOf(most) === label) correct++;
    exponentials.forEach((value, index) => {
      gradient[row * classes + index] = value / sum - (index === label ? 1 : 0);
    });
  });
  return { loss, examples, correct, gradient };
}

const classesOf = (count: number) => Array.from({ length: count }, String);

describe('class targets at every position', () => {
  // 300 classes are looked up, 5 compared with one-hot rows.
  it.each([
    [300, undefined],
    [300, 7],
    [5, undefined],
    [5, 2],
  ])('%i classes, ignored %s: the sum over positions and its gradient', async (classes, ignore) => {
    const random = createRandom(3);
    const [batch, time] = [3, 4];
    const logits = Float32Array.from({ length: batch * time * classes }, () => random.next() * 8 - 4);
    const labels = Array.from({ length: batch * time }, (_, index) =>
      index % 3 === 1 && ignore !== undefined ? ignore : Math.floor(random.next() * classes),
    );
    const spec: TargetSpec = { kind: 'class', classes: classesOf(classes), dims: [time] };
    const ours = await measure(
      { ...crossEntropy, ignore } as LossJob,
      spec,
      float32([batch, time, classes], logits),
      int32([batch, time], labels),
    );
    const wanted = reference(logits, labels, classes, ignore);
    expect(ours.sums['examples']).toBe(wanted.examples);
    expect(ours.sums['denominator']).toBe(wanted.examples);
    expect(ours.sums['correct']).toBe(wanted.correct);
    expect(ours.sums['loss']).toBeCloseTo(wanted.loss, 3);
    ours.gradient.forEach((value, index) => {
      expect(Math.abs(value - wanted.gradient[index]!)).toBeLessThan(1e-6);
    });
  });

  it('builds no [positions, classes] rows of ones and zeros for many classes', () => {
    const features: FeatureSpec = { shape: [6, 8], normalize: { kind: 'none' } };
    const values = (classes: number) => {
      const target: TargetSpec = { kind: 'class', classes: classesOf(classes), dims: [6] };
      const layers = [{ type: 'dense', options: { units: classes } }];
      const model = buildModel({ kind: 'layers', layers }, features, target, 1);
      const program = trainingProgram(model, crossEntropy, target).model;
      return program.graph.nodes.flatMap(({ op, outputs }) => (op === 'Equal' ? outputs : []));
    };
    expect(values(5).length).toBeGreaterThan(0);
    expect(values(300).filter((name) => name.includes('one_hot'))).toEqual([]);
  });

  it('has a confusion matrix only where one can be read', async () => {
    const extras = async (classes: number, dims: readonly number[]) => {
      const spec: TargetSpec = { kind: 'class', classes: classesOf(classes), dims };
      const shape = [1, ...dims, classes];
      const output = float32(shape, new Float32Array(sizeOf(shape)));
      const target = int32([1, ...dims], new Int32Array(sizeOf(dims)));
      return (await measure(crossEntropy, spec, output, target, { evaluate: true })).extras;
    };
    expect(await extras(10, [])).toEqual(['confusion']);
    expect(await extras(1001, [])).toEqual([]);
    expect(await extras(10, [4])).toEqual(['confusion']);
    expect(await extras(65, [4])).toEqual([]);
  });
});

describe('numbers', () => {
  it('several of one example are compared one by one; the mean is over all of them', async () => {
    const output = float32([2, 3], [1, 2, 3, 4, 5, 6]);
    const target = float32([2, 3], [1, 0, 3, 4, 5, 9]);
    const { sums, gradient } = await measure(mse, { kind: 'number', dims: [3] }, output, target);
    expect(sums).toMatchObject({ loss: 13, denominator: 6, examples: 6, absolute_error: 5 });
    expect([...gradient]).toEqual([0, 4, 0, 0, 0, -6]);
  });

  it('without a target, the features are what is compared with', async () => {
    const output = float32([2, 2], [1, 2, 3, 4]);
    const features = float32([2, 2], [0, 2, 3, 6]);
    const { sums } = await measure(mse, { kind: 'none' }, output, undefined, { features });
    expect(sums).toMatchObject({ loss: 5, denominator: 4, examples: 4 });
  });
});

describe('a model for these targets', () => {
  const dense = (units: number) => ({ type: 'dense', options: { units } });

  it('an autoencoder gives the normalised features back', async () => {
    const features: FeatureSpec = { shape: [2], normalize: { kind: 'divide', by: 4 } };
    const model = buildModel({ kind: 'layers', layers: [dense(2)] }, features, { kind: 'none' }, 1);
    const program = trainingProgram(model, mse, { kind: 'none' });
    expect(program.target).toBeUndefined();
    const executable = await engine.compile({ model: program.model });
    const loss = float32([], [0]);
    // Weights of zero give zeros: the loss is the sum of squares of what is to be given back.
    await executable.run(
      {
        features: float32([1, 2], [4, 8]),
        'dense1.weight': float32([2, 2], [0, 0, 0, 0]),
        'dense1.bias': float32([2], [0, 0]),
      },
      { loss },
    );
    await executable.release();
    expect(loss.data[0]).toBe(1 + 4);
  });

  it('says which shape is needed', () => {
    const features: FeatureSpec = { shape: [6, 8], normalize: { kind: 'none' } };
    const target: TargetSpec = { kind: 'class', classes: classesOf(5), dims: [6] };
    const build = () => buildModel({ kind: 'layers', layers: [dense(4)] }, features, target, 1);
    expect(build).toThrow(ModelBuildError);
    expect(build).toThrow('[batch, 6, 5] for 5 classes at every position: end with `- dense: 5`');
  });

  it('does not normalise tokens', () => {
    const features: FeatureSpec = { shape: [6], type: 'int32', normalize: { kind: 'divide', by: 2 } };
    const build = () => buildModel({ kind: 'layers', layers: [dense(4)] }, features, { kind: 'none' }, 1);
    expect(build).toThrow(/tokens are numbers of words/);
  });
});
