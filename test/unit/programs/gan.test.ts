import { readFileSync } from 'node:fs';
import { afterAll, describe, expect, it } from 'vitest';
import { createEngine } from '../../../engines/create.ts';
import type { GanModelJob, LayerJob } from '../../../shared/job/job.ts';
import type { GanLossJob } from '../../../shared/job/loss-job.ts';
import { PHASES, type Phase, partOf } from '../../../shared/nn/gan/networks.ts';
import { buildModel } from '../../../shared/nn/model.ts';
import { ModelBuildError } from '../../../shared/nn/model-build-error.ts';
import type { FeatureSpec } from '../../../shared/nn/specs.ts';
import type { Model } from '../../../shared/onnx/model.ts';
import { readModel } from '../../../shared/onnx/read.ts';
import { float32 } from '../../../shared/onnx/tensor.ts';
import { writeModel } from '../../../shared/onnx/write.ts';
import { layoutOf } from '../../../shared/parameters/layout-of.ts';
import { ganEvaluationProgram } from '../../../shared/programs/gan-evaluate.ts';
import { ganTrainingProgram } from '../../../shared/programs/gan-train.ts';
import { samplerModel } from '../../../shared/programs/sampler.ts';
import { DCGAN, NON_SATURATING, PENALISED } from '../../support/gan.ts';
import { initialValues, ProgramRunner, relativeError } from './program-runner.ts';

interface Stored {
  readonly features: number[];
  readonly noise: number[];
  readonly share: number[];
  readonly weights: Record<string, { readonly dims: number[]; readonly values: number[] }>;
  readonly cases: {
    readonly objective: GanLossJob['objective'];
    readonly penalty: number;
    readonly phase: Phase;
    readonly loss: number;
    readonly gradients: Record<string, number[]>;
  }[];
}

/** PyTorch's, in float64; the gradient penalty by `create_graph=True`. */
const stored = JSON.parse(readFileSync('test/data/nn/gan.json', 'utf8')) as Stored;
const engine = await createEngine('cpu', { threads: 1 });
afterAll(() => engine.close());

const features: FeatureSpec = { shape: [1, 8, 8], normalize: { kind: 'divide', by: 16 } };
const layer = (type: string, options: LayerJob['options'] = {}): LayerJob => ({ type, options });

const networks: GanModelJob = {
  kind: 'gan',
  latent: 4,
  generator: {
    kind: 'layers',
    layers: [layer('dense', { units: 64 }), layer('sigmoid'), layer('reshape', { shape: [1, 8, 8] })],
  },
  discriminator: {
    kind: 'layers',
    layers: [
      layer('conv', { filters: 3, kernel: 4, stride: 2, padding: 1 }),
      layer('leaky-relu', { alpha: 0.2 }),
      layer('flatten'),
      layer('dense', { units: 1 }),
    ],
  },
};

function built(job: GanModelJob = networks): Model {
  return buildModel(job, features, { kind: 'none' }, 3);
}

function storedModel(): Model {
  const model = built();
  const initializers = new Map(
    Object.entries(stored.weights).map(([name, { dims, values }]) => [name, float32(dims, values)]),
  );
  expect([...initializers.keys()].sort()).toEqual([...model.graph.initializers.keys()].sort());
  return { ...model, graph: { ...model.graph, initializers } };
}

describe("two networks' losses and gradients are PyTorch's", () => {
  it.each(stored.cases)('$objective, penalty $penalty: the $phase', async (row) => {
    // As it is after the wire.
    const model = readModel(writeModel(storedModel()));
    const layout = layoutOf(model);
    const loss: GanLossJob = {
      kind: 'gan',
      objective: row.objective,
      gradientPenalty: row.penalty,
      criticSteps: 1,
    };
    const program = ganTrainingProgram(model, loss, row.phase);
    const runner = await ProgramRunner.compile(engine, program, layout);
    const noise = { noise0: Float32Array.from(stored.noise), noise1: Float32Array.from(stored.share) };
    const outcome = await runner.run(initialValues(model, layout), { features: stored.features, noise });
    await runner.release();
    const sum = outcome.sums[row.phase === 'generator' ? 'loss' : 'discriminator_loss']!;
    expect(Math.abs(sum - row.loss) / Math.abs(row.loss)).toBeLessThan(1e-5);
    expect(outcome.sums['denominator']).toBe(3);
    expect(program.differentiate.toSorted()).toEqual(Object.keys(row.gradients).sort());
    for (const [name, gradient] of Object.entries(row.gradients)) {
      const { offset, length } = layout.entries.find((entry) => entry.name === name)!;
      expect(
        relativeError(outcome.update.subarray(offset, offset + length), gradient, 1e-7),
        name,
      ).toBeLessThan(2e-5);
    }
  });
});

describe('the graph of a GAN', () => {
  it('has both networks once, each a stretch of the weights', () => {
    const model = built(DCGAN);
    expect(model.graph.inputs.map(({ name, dims }) => [name, dims.slice(1)])).toEqual([
      ['features', [1, 8, 8]],
      ['latent', [6]],
    ]);
    expect(model.graph.outputs.map(({ name, dims }) => [name, dims.slice(1)])).toEqual([
      ['image', [1, 8, 8]],
      ['score', [1]],
    ]);
    const layout = layoutOf(model);
    const [discriminator, generator] = PHASES.map((phase) => partOf(layout, phase));
    expect([generator!.start, discriminator!.end]).toEqual([0, layout.trainable]);
    expect(generator!.end).toBe(discriminator!.start);
    expect(generator!.own.entries.length + discriminator!.own.entries.length).toBe(layout.entries.length);
  });

  it('gives its generator away alone, in the units of the data', async () => {
    const model = built(DCGAN);
    const generator = samplerModel(model, features)!;
    expect([...generator.graph.initializers.keys()].filter((name) => !name.startsWith('generator.'))).toEqual(
      [],
    );
    expect(generator.graph.inputs.map(({ name }) => name)).toEqual(['latent']);
    const executable = await engine.compile({ model: generator });
    const image = new Float32Array(2 * 64);
    await executable.run(
      {
        latent: float32(
          [2, 6],
          Float32Array.from({ length: 12 }, (_, index) => index / 6 - 1),
        ),
      },
      { image: float32([2, 1, 8, 8], image) },
    );
    await executable.release();
    // A sigmoid times 16, and nothing has been learned.
    for (const value of image) expect(Math.abs(value - 8)).toBeLessThan(1);
    expect(new Set(image).size).toBeGreaterThan(64);
  });

  it('reports of the discriminator the statistics of real and generated examples together', async () => {
    const model = built(DCGAN);
    const layout = layoutOf(model);
    const program = ganTrainingProgram(model, NON_SATURATING, 'discriminator');
    expect(program.statistics.map(({ mean }) => mean.split('.')[0])).toEqual(['discriminator']);
    const runner = await ProgramRunner.compile(engine, program, layout);
    const noise = { noise0: Float32Array.from({ length: 3 * 12 }, (_, index) => (index % 7) / 7) };
    const one = await runner.run(initialValues(model, layout), { features: stored.features, noise });
    const blank = await runner.run(initialValues(model, layout), {
      features: stored.features.map(() => 0),
      noise,
    });
    await runner.release();
    const { offset, length } = layout.entries.find(({ name }) => name === program.statistics[0]!.mean)!;
    const cut = ({ update }: { readonly update: Float32Array }) => update.subarray(offset, offset + length);
    // Of a blank batch only the generated half is left.
    expect(relativeError(cut(one), cut(blank))).toBeGreaterThan(0.1);
    expect(ganTrainingProgram(model, NON_SATURATING, 'generator').statistics.map(({ mean }) => mean)).toEqual(
      layout.entries
        .filter(({ name, statistic }) => name.startsWith('generator.') && statistic?.kind === 'mean')
        .map(({ name }) => name),
    );
  });

  it('is measured with running statistics, on latents that the rows draw', () => {
    const program = ganEvaluationProgram(built(DCGAN), NON_SATURATING);
    expect(program.sums).toEqual(['loss', 'denominator', 'examples', 'discriminator_loss']);
    expect(program.noise.map(({ dims }) => dims)).toEqual([[2, 6]]);
    expect(program.model.graph.nodes.some(({ op }) => op === 'BatchNormalization')).toBe(true);
  });
});

describe('what does not fit is said before anything runs', () => {
  const withLayers = (phase: Phase, layers: LayerJob[]): GanModelJob => ({
    ...networks,
    [phase]: { kind: 'layers', layers },
  });
  it.each([
    [
      'a generator of another form',
      withLayers('generator', [layer('dense', { units: 64 })]),
      /model\.gan\.generator.*has to be \[batch, 1, 8, 8\]/,
    ],
    [
      'a discriminator of several numbers',
      withLayers('discriminator', [layer('flatten'), layer('dense', { units: 2 })]),
      /model\.gan\.discriminator.*has to be \[batch, 1\]/,
    ],
    [
      'a generator without weights',
      { ...withLayers('generator', [layer('reshape', { shape: [1, 8, 8] })]), latent: 64 },
      /the generator has no weights/,
    ],
  ])('%s', (_, job, message) => {
    expect(() => built(job)).toThrow(ModelBuildError);
    expect(() => built(job)).toThrow(message);
  });

  it('a gradient penalty over batch normalisation', () => {
    const train = () => ganTrainingProgram(built(DCGAN), PENALISED, 'discriminator');
    expect(train).toThrow(ModelBuildError);
    expect(train).toThrow(/batch normalisation mixes them: set `batch-norm: false`/);
  });

  it('token ids', () => {
    const tokens: FeatureSpec = { shape: [6], type: 'int32', normalize: { kind: 'none' } };
    expect(() => buildModel(networks, tokens, { kind: 'none' }, 3)).toThrow(/token ids/);
  });
});

describe('the judge', () => {
  const file = readFileSync('examples/digits-gan/classifier.onnx');
  const withJudge = (judge: { onnx: Uint8Array; value?: string }, spec = features) =>
    buildModel(networks, spec, { kind: 'none' }, 3, { judge });

  it('is constants of the graph: what the last dense layer takes, and nothing that trains', () => {
    const model = withJudge({ onnx: file });
    expect(model.graph.outputs.at(-1)).toMatchObject({ name: 'judgement', dims: ['batch', 24] });
    expect(layoutOf(model)).toEqual(layoutOf(built()));
    const program = ganEvaluationProgram(model, NON_SATURATING);
    expect(program.extras.map(({ dims }) => dims)).toEqual([[24], [24, 24], [24], [24, 24]]);
  });

  it.each([
    ['a value that is not there', { onnx: file, value: 'nothing' }, features, /has no value "nothing"/],
    ['other features', { onnx: file }, { ...features, shape: [64] }, /the data is \[batch, 64\]/],
  ] as const)('refuses %s', (_, judge, spec, message) => {
    const generator = { kind: 'layers', layers: [layer('dense', { units: 64 })] } as const;
    const discriminator = { kind: 'layers', layers: [layer('dense', { units: 1 })] } as const;
    const job = spec === features ? networks : { ...networks, generator, discriminator };
    expect(() => buildModel(job, spec, { kind: 'none' }, 3, { judge })).toThrow(message);
  });
});
