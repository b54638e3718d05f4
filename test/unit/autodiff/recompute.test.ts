import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Engine } from '../../../engines/engine.ts';
import { createOnnxRuntimeNode } from '../../../engines/onnxruntime-node.ts';
import { gradientModel } from '../../../shared/autodiff/gradient-model.ts';
import { liveBytes } from '../../../shared/autodiff/recompute/live-bytes.ts';
import type { Recompute } from '../../../shared/autodiff/recompute/recompute.ts';
import { segmentsOf } from '../../../shared/autodiff/recompute/segments.ts';
import { ValueBytes } from '../../../shared/autodiff/recompute/value-bytes.ts';
import { buildModel } from '../../../shared/nn/model.ts';
import { GraphBuilder } from '../../../shared/onnx/builder.ts';
import type { Model } from '../../../shared/onnx/model.ts';
import { layoutOf } from '../../../shared/parameters/layout-of.ts';
import { LOSS, type Program } from '../../../shared/programs/program.ts';
import { trainingProgram } from '../../../shared/programs/train.ts';
import { lossOf, titled, type ZooModel } from '../../support/zoo.ts';
import { initialValues, type Outcome, ProgramRunner } from '../programs/program-runner.ts';
import { batchOf, noiseFor } from '../programs/train-zoo.ts';

let engine: Engine;
beforeAll(async () => {
  engine = await createOnnxRuntimeNode({ threads: 1 });
});
afterAll(() => engine.close());

const gpt = titled().find(([title]) => title === 'gpt')![1];
const deep: ZooModel = { ...gpt, options: { ...gpt.options, layers: 8 } };

function modelOf({ name, options, features, target }: ZooModel): Model {
  return buildModel({ kind: 'named', name, options }, features, target, 1);
}

function programOf(zoo: ZooModel): Program {
  return trainingProgram(modelOf(zoo), lossOf(zoo), zoo.target);
}

function gradientsOf(zoo: ZooModel, recompute: Recompute): Model {
  const program = programOf(zoo);
  return gradientModel(program.model, LOSS, program.differentiate, 'cpu', { recompute });
}

async function stepOf(zoo: ZooModel, recompute: Recompute): Promise<Outcome> {
  const model = modelOf(zoo);
  const layout = layoutOf(model);
  const program = programOf(zoo);
  const runner = await ProgramRunner.compile(engine, program, layout, { recompute });
  const batch = { ...batchOf(zoo), noise: noiseFor(program) };
  const outcome = await runner.run(initialValues(model, layout), batch);
  await runner.release();
  return outcome;
}

const repeats = (model: Model) => model.graph.nodes.filter(({ name }) => name.endsWith('/again')).length;

describe('computed again', () => {
  const models: [string, ZooModel][] = [
    ['a deep gpt', deep],
    ...titled().filter(([title]) => ['resnet', 'vit', 'unet', 'lstm', 'mobilenet'].includes(title)),
  ];

  it.each(models)('gradients of %s are the same', async (_, zoo) => {
    expect(repeats(gradientsOf(zoo, 'every-block'))).toBeGreaterThan(0);
    const kept = await stepOf(zoo, 'off');
    const again = await stepOf(zoo, 'every-block');
    expect(again.sums).toEqual(kept.sums);
    const largest = kept.update.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
    expect(largest).toBeGreaterThan(0);
    const differences = kept.update.map((value, at) => Math.abs(value - again.update[at]!));
    expect(Math.max(...differences)).toBeLessThanOrEqual(1e-6 * largest);
  });

  it('activations take a fraction of the memory', () => {
    const [off, block, auto] = (['off', 'every-block', 'auto'] as const).map((choice) =>
      liveBytes(gradientsOf(deep, choice), 32),
    ) as [number, number, number];
    expect(block).toBeLessThan(0.5 * off);
    expect(auto).toBeLessThan(0.5 * off);
  });

  it('no node is repeated twice, and none of what the first gradients are made of', () => {
    const names = gradientsOf(deep, 'every-block').graph.nodes.map(({ name }) => name);
    expect(new Set(names).size).toBe(names.length);
    expect(names.filter((name) => name.startsWith('loss') && name.endsWith('/again'))).toEqual([]);
  });

  it('auto leaves a small model alone', () => {
    const [, mlp] = titled().find(([title]) => title === 'mlp')!;
    expect(repeats(gradientsOf(mlp, 'auto'))).toBe(0);
  });
});

describe('blocks', () => {
  /** Four blocks of x + f(x), then an Identity. */
  function residual(): Model {
    const builder = new GraphBuilder();
    let x = builder.op('Relu', [builder.input('x', 'float32', ['batch', 4])]);
    for (let block = 0; block < 4; block++) {
      const inner = [0, 1, 2, 3, 4].reduce((value, k) => builder.op('Sin', [value], {}, `b${block}_${k}`), x);
      x = builder.op('Add', [x, inner], {}, `block${block}`);
    }
    builder.output(x, 'y');
    return builder.build();
  }

  it('end where all paths pass one value, whoever built the graph', () => {
    const { graph } = residual();
    const saved = new Set(graph.nodes.flatMap(({ outputs }) => outputs));
    const segments = segmentsOf(graph.nodes, saved, new ValueBytes(graph, 8), 'every-block');
    const last = segments.map(({ end }) => graph.nodes[end - 1]!.name);
    expect(last).toEqual(['block0', 'block1', 'block2', 'block3']);
  });

  it('keep what the gradients do not read out of the account', () => {
    const { graph } = residual();
    expect(segmentsOf(graph.nodes, new Set(), new ValueBytes(graph, 8), 'auto')).toEqual([]);
  });
});

it('live bytes: what is read in the end stays, what is read once goes', () => {
  const builder = new GraphBuilder();
  const x = builder.input('x', 'float32', ['batch', 8]);
  const a = builder.op('Sin', [x]);
  const b = builder.op('Cos', [a]);
  const c = builder.op('Sin', [b]);
  builder.output(builder.op('Add', [c, a]), 'y');
  // a, b and c while c is computed; y is an output, which is the caller's memory.
  expect(liveBytes(builder.build(), 2)).toBe(3 * (2 * 8 * 4));
});
