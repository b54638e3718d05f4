import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Engine } from '../../../engines/engine.ts';
import { createOnnxRuntimeNode } from '../../../engines/onnxruntime-node.ts';
import { createOnnxRuntimeWeb } from '../../../engines/onnxruntime-web.ts';
import { gradientModel } from '../../../shared/autodiff/gradient-model.ts';
import { narrowed } from '../../../shared/autodiff/mixed-precision/narrow.ts';
import { FOLLOWERS, MOVERS, PRODUCTS } from '../../../shared/autodiff/mixed-precision/operators.ts';
import { RULES } from '../../../shared/autodiff/table.ts';
import { GraphBuilder } from '../../../shared/onnx/builder.ts';
import type { Model } from '../../../shared/onnx/model.ts';
import { inferGraph } from '../../../shared/onnx/shapes/infer.ts';
import { float32 } from '../../../shared/onnx/tensor.ts';
import type { ParameterLayout } from '../../../shared/parameters/layout.ts';
import { LOSS } from '../../../shared/programs/program.ts';
import { titled } from '../../support/zoo.ts';
import { relativeError } from '../programs/program-runner.ts';
import { batchOf } from '../programs/train-zoo.ts';
import { runOnce } from './run.ts';
import { both, NORMALISED, programOf, zooModel } from './zoo-gradients.ts';

let engine: Engine;
beforeAll(async () => {
  engine = await createOnnxRuntimeNode({ threads: 1 });
});
afterAll(() => engine.close());

describe('gradients in mixed precision', () => {
  it.each(titled())('of %s are those of float32, as far as float16 goes', async (title, zoo) => {
    const { exact, mixed } = await both(zoo, engine, 16);
    const error = relativeError(mixed.gradient, exact.gradient);
    expect(error).toBeLessThan(NORMALISED.has(title) ? 1e-1 : 1e-2);
    // It was rounded: the runtime did not take the casts away.
    expect(error).toBeGreaterThan(1e-5);
    expect(relativeError([mixed.sums[LOSS]!], [exact.sums[LOSS]!])).toBeLessThan(1e-2);
  });

  it('are the same on wasm', async () => {
    const web = await createOnnxRuntimeWeb();
    for (const title of ['mlp', 'cnn', 'gpt', 'lstm']) {
      const { mixed } = await both(zooModel(title), engine, 16);
      const { mixed: there } = await both(zooModel(title), web, 16);
      expect(relativeError(there.gradient, mixed.gradient), title).toBeLessThan(2e-3);
    }
    await web.close();
  });

  it('vanish without a loss scale where they are small, and do not with one', async () => {
    // Sure of the class that all rows have, as late in training: the others' gradients p are 2e-9 each, less than float16 has.
    const sure = (values: Float32Array, { entries }: ParameterLayout) => {
      const bias = entries.find(({ dims }) => dims.length === 1 && dims[0] === 4)!;
      values[bias.offset] = 20;
    };
    const rows = { target: batchOf(zooModel('mlp')).target!.map(() => 0) };
    const hidden = ({ gradient }: { gradient: Float32Array }, { entries }: ParameterLayout) => {
      const { offset, length } = entries.find(({ dims }) => dims.length === 2)!;
      return gradient.subarray(offset, offset + length);
    };
    const plain = await both(zooModel('mlp'), engine, 1, { change: sure, rows });
    const exact = hidden(plain.exact, plain.layout);
    expect(Math.hypot(...exact)).toBeGreaterThan(0);
    expect(Math.hypot(...hidden(plain.mixed, plain.layout))).toBe(0);
    const scaled = await both(zooModel('mlp'), engine, 2 ** 16, { change: sure, rows });
    expect(relativeError(hidden(scaled.mixed, scaled.layout), exact, 0)).toBeLessThan(1e-2);
  });
});

describe('the graph', () => {
  const network = (): GraphBuilder => {
    const builder = new GraphBuilder();
    const x = builder.input('x', 'float32', ['batch', 4]);
    const w = builder.input('w', 'float32', [4, 4]);
    const b = builder.input('b', 'float32', [4]);
    builder.op('MatMul', [x, w], {}, 'product');
    builder.op('Add', ['product', b], {}, 'biased');
    builder.op('Relu', ['biased'], {}, 'active');
    return builder;
  };
  const typeIn = (model: Model, value: string) => inferGraph(model.graph).types.get(value)?.type;
  const weights = new Set(['w', 'b']);

  it('has products and what follows them in float16, weights cast at their use, outputs in float32', () => {
    const builder = network();
    builder.output(builder.op('MatMul', ['active', 'w']), 'y');
    const model = narrowed(builder.build(), weights);
    for (const value of ['product', 'biased', 'active']) expect(typeIn(model, value)).toBe('float16');
    expect(model.graph.inputs.every(({ type }) => type === 'float32')).toBe(true);
    expect(model.graph.outputs.map(({ name, type }) => [name, type])).toEqual([['y', 'float32']]);
    // One cast of the weight that is used twice.
    const casts = model.graph.nodes.filter(({ op, inputs }) => op === 'Cast' && inputs[0] === 'w');
    expect(casts).toHaveLength(1);
  });

  it('has sums, softmax and normalisation in float32, and elementwise operators that only they read', () => {
    const builder = network();
    builder.op('Softmax', ['active'], { axis: -1 }, 'shares');
    builder.output(builder.op('ReduceSum', ['shares'], { keepdims: 0 }), 'loss');
    const model = narrowed(builder.build(), weights);
    expect(typeIn(model, 'product')).toBe('float16');
    for (const value of ['biased', 'active', 'shares', 'loss']) expect(typeIn(model, value)).toBe('float32');
  });

  it('takes the wider type where an activation in float32 meets one in float16, as a residual stream', () => {
    const builder = network();
    builder.op('Add', ['active', 'x'], {}, 'residual');
    builder.output(builder.op('MatMul', ['residual', 'w']), 'y');
    expect(typeIn(narrowed(builder.build(), weights), 'residual')).toBe('float32');
  });

  it('keeps a constant that float16 does not reach, as of a mask of attention', () => {
    const masked = (least: number) => {
      const builder = network();
      builder.op('Add', ['active', builder.scalar(least)], {}, 'masked');
      builder.output(builder.op('MatMul', ['masked', 'w']), 'y');
      return typeIn(narrowed(builder.build(), weights), 'masked');
    };
    expect(masked(-1e4)).toBe('float16');
    expect(masked(-1e9)).toBe('float32');
  });

  it('gives a dropout’s mask the type of what it masks', () => {
    const model = gradientModelOf('gpt').graph;
    const { types } = inferGraph(model);
    const masks = model.nodes.filter(({ name }) => name.endsWith('/scaled_mask/float16/Cast'));
    expect(masks.length).toBeGreaterThan(0);
    expect(masks.every(({ outputs }) => types.get(outputs[0]!)?.type === 'float16')).toBe(true);
  });

  it('names operators that there are, each in one list', () => {
    for (const op of [...PRODUCTS, ...FOLLOWERS]) expect(RULES.has(op), op).toBe(true);
    for (const op of PRODUCTS) expect(FOLLOWERS.has(op)).toBe(false);
    for (const op of MOVERS) expect(FOLLOWERS.has(op), op).toBe(true);
  });

  it('gives every gradient in float32, in every model', () => {
    for (const [title, zoo] of titled()) {
      const program = programOf(zoo);
      const { outputs } = gradientModel(program.model, LOSS, program.differentiate, 'webgpu', {
        precision: 'mixed',
      }).graph;
      expect(
        outputs.filter(({ type }) => type !== 'float32').map(({ name }) => name),
        title,
      ).toEqual([]);
    }
  });
});

function gradientModelOf(title: string): Model {
  const program = programOf(zooModel(title));
  return gradientModel(program.model, LOSS, program.differentiate, 'cpu', { precision: 'mixed' });
}

it('the gradient of a cast to float16 is cast back, and rounded on the way', async () => {
  const builder = new GraphBuilder();
  const x = builder.input('x', 'float32', [3]);
  const g = builder.input('g', 'float32', [3]);
  const half = builder.op('Cast', [x], { to: 'float16' });
  const back = builder.op('Cast', [half], { to: 'float32' });
  builder.output(builder.op('ReduceSum', [builder.op('Mul', [back, g])], { keepdims: 0 }), 'loss');
  // 1 + 2^-12 lies half way between two float16, 1e-8 below the least, 7e4 above the largest.
  const results = await runOnce(
    gradientModel(builder.build(), 'loss', ['x'], 'cpu', { precision: 'mixed' }),
    {
      x: float32([3], [1, 1, 1]),
      g: float32([3], [1 + 2 ** -12, 1e-8, 7e4]),
    },
  );
  expect(results['x_grad']!.type).toBe('float32');
  expect([...(results['x_grad']!.data as Float32Array)]).toEqual([1, 0, Number.POSITIVE_INFINITY]);
});
