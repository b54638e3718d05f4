import { gradientModel } from '../../shared/autodiff/gradient-model.ts';
import { GraphBuilder } from '../../shared/onnx/builder.ts';
import type { Model } from '../../shared/onnx/model.ts';
import { sizeOf, type Tensor } from '../../shared/onnx/tensor.ts';
import { createRandom, type Random } from '../../shared/parameters/random.ts';
import { convert, floatTensor, inPrecision, isFloat, numbersOf, type Precision } from './floats.ts';
import { openSession, type Session } from './sessions.ts';

type Feeds = Readonly<Record<string, Tensor>>;

/** Step of the central difference, tolerance by size of the terms, and the noise of one output value. */
const NUMERIC = {
  float64: { step: 1e-6, tolerance: 1e-5, noise: 4e-16 },
  float32: { step: 4e-3, tolerance: 2e-2, noise: 2e-7 },
} as const;

/** How far beside the stored values the points lie, and the share of the step that is taken there. */
const POINTS = [
  [1e-2, 1],
  [3e-2, 1],
  [1e-3, 0.3],
  [0.1, 0.3],
  [0.1, 1],
  [0.3, 0.3],
  [1e-4, 0.1],
  [0, 0.1],
] as const;

export interface GradientResult {
  readonly problem?: string;
  readonly zero: boolean;
}

/**
 * Compares the gradient of a random projection of the float outputs with central differences along a random
 * direction of each input. Where a difference of half the step says something else (a kink, a tie, a jump) another
 * point beside the stored values is taken.
 *
 * @param outputs the stored outputs, for their shapes.
 * @throws what gradientModel throws; ONNX Runtime's error where it lacks a kernel for this precision.
 */
export async function checkGradient(
  model: Model,
  feeds: Feeds,
  wanted: readonly string[],
  outputs: ReadonlyMap<string, Tensor>,
  precision: Precision,
): Promise<GradientResult> {
  const typed = bound(inPrecision(model, precision), feeds);
  const random = createRandom(7);
  const weights = new Map(
    [...outputs].map(([name, tensor]) => {
      const stored = numbersOf(tensor);
      // What is stored as infinite or NaN has no derivative.
      const factors = uniform(random, sizeOf(tensor.dims));
      return [name, factors.map((factor, k) => (Number.isFinite(stored[k]) ? factor : 0))] as const;
    }),
  );
  const gradients = await openSession(withLoss(typed, outputs, weights, wanted, precision));
  try {
    const values = await openSession(onlyOutputs(typed, outputs));
    try {
      const project = async (at: Feeds) => projection(await values.run(at, [...outputs.keys()]), weights);
      return await compare({
        project,
        gradients,
        feeds: typedFeeds(feeds, precision),
        wanted,
        precision,
        random,
      });
    } finally {
      await values.release();
    }
  } finally {
    await gradients.release();
  }
}

interface Comparison {
  readonly project: (feeds: Feeds) => Promise<{ sum: number; size: number }>;
  readonly gradients: Session;
  readonly feeds: Feeds;
  readonly wanted: readonly string[];
  readonly precision: Precision;
  readonly random: Random;
}

async function compare(c: Comparison): Promise<GradientResult> {
  const open = new Set(c.wanted);
  let zero = true;
  for (let attempt = 0; attempt < POINTS.length && open.size > 0; attempt++) {
    const feeds = beside(c, attempt);
    const results = await c.gradients.run(
      feeds,
      c.wanted.map((name) => `${name}_grad`),
    );
    for (const name of [...open]) {
      const { dims } = feeds[name] as Tensor;
      const gradient = results[`${name}_grad`] as Tensor;
      if (gradient.dims.join() !== dims.join()) {
        return {
          zero: false,
          problem: `gradient of ${name} is [${gradient.dims.join(', ')}], not [${dims.join(', ')}]`,
        };
      }
      const outcome = await along(c, feeds, name, numbersOf(gradient), POINTS[attempt]?.[1] ?? 1);
      if (outcome === undefined) continue;
      open.delete(name);
      zero &&= outcome.zero;
      if (outcome.problem) return outcome;
    }
  }
  if (open.size > 0)
    return { zero: false, problem: `no smooth point was found beside the stored ${[...open].join(', ')}` };
  return { zero };
}

/** One input along one direction; undefined where the function is not smooth here. */
async function along(
  c: Comparison,
  feeds: Feeds,
  name: string,
  gradient: readonly number[],
  share: number,
): Promise<GradientResult | undefined> {
  const { step, tolerance, noise } = NUMERIC[c.precision];
  const at = feeds[name] as Tensor;
  const numbers = numbersOf(at);
  if (numbers.length === 0) return { zero: true };
  const direction = numbers.map((x) => (Number.isFinite(x) ? c.random.next() * 2 - 1 : 0));
  const h =
    share *
    step *
    Math.max(1, Math.sqrt(numbers.filter(Number.isFinite).reduce((s, x) => s + x * x, 0) / numbers.length));
  const value = (by: number) =>
    c.project({
      ...feeds,
      [name]: floatTensor(
        c.precision,
        at.dims,
        numbers.map((x, k) => x + by * (direction[k] as number)),
      ),
    });
  const [ahead, behind, near, far] = [
    await value(h),
    await value(-h),
    await value(h / 2),
    await value(-h / 2),
  ];
  const numeric = (ahead.sum - behind.sum) / (2 * h);
  const closer = (near.sum - far.sum) / h;
  const analytic = gradient.reduce(
    (sum, g, k) => sum + (direction[k] === 0 ? 0 : g * (direction[k] as number)),
    0,
  );
  const terms = gradient.reduce((sum, g, k) => sum + Math.abs(g * (direction[k] as number)), 0);
  const size = Math.max(Number.isFinite(terms) ? terms : 0, Math.abs(numeric));
  const floor = (noise * ahead.size) / h + 1e-12;
  if (!(Math.abs(numeric - closer) <= 3 * tolerance * size + 4 * floor)) return undefined;
  const zero = gradient.every((g) => g === 0);
  if (Math.abs(analytic - numeric) <= tolerance * size + 4 * floor) return { zero };
  return {
    zero,
    problem: `gradient of ${name} along a direction is ${analytic.toPrecision(6)}, central difference ${numeric.toPrecision(6)} (${c.precision})`,
  };
}

/** A point near the stored one; the first time the stored one with its ties broken, then further away or closer. */
function beside(c: Comparison, attempt: number): Feeds {
  const [amount] = POINTS[attempt] as (typeof POINTS)[number];
  const moved = c.wanted.map((name) => {
    const tensor = c.feeds[name] as Tensor;
    const values = numbersOf(tensor).map((x) =>
      Number.isFinite(x) ? x * (1 + amount * c.random.next()) + amount * (c.random.next() * 2 - 1) * 0.3 : x,
    );
    return [name, floatTensor(c.precision, tensor.dims, values)] as const;
  });
  return { ...c.feeds, ...Object.fromEntries(moved) };
}

/** Sum of w y over all outputs, in double precision, and of |w y|. */
function projection(
  results: Feeds,
  weights: ReadonlyMap<string, readonly number[]>,
): { sum: number; size: number } {
  let sum = 0;
  let size = 0;
  for (const [name, factors] of weights) {
    numbersOf(results[name] as Tensor).forEach((y, k) => {
      if (factors[k] === 0) return;
      sum += (factors[k] as number) * y;
      size += Math.abs((factors[k] as number) * y);
    });
  }
  return { sum, size };
}

function withLoss(
  model: Model,
  outputs: ReadonlyMap<string, Tensor>,
  weights: ReadonlyMap<string, readonly number[]>,
  wanted: readonly string[],
  precision: Precision,
): Model {
  const builder = GraphBuilder.from({ ...model, graph: { ...model.graph, outputs: [] } });
  const terms = [...outputs].map(([name, { dims }]) => {
    const weight = builder.constant(floatTensor(precision, dims, weights.get(name) as number[]));
    const flat = builder.op('Reshape', [builder.op('Mul', [name, weight]), builder.ints([-1])]);
    return builder.op('ReduceSum', [flat], { keepdims: 0 });
  });
  const loss = terms.reduce((sum, term) => builder.op('Add', [sum, term]));
  builder.output(loss, 'conformance_loss');
  return gradientModel(builder.build(), 'conformance_loss', wanted, 'cpu');
}

function onlyOutputs(model: Model, outputs: ReadonlyMap<string, Tensor>): Model {
  const kept = model.graph.outputs.filter(({ name }) => outputs.has(name));
  return { ...model, graph: { ...model.graph, outputs: kept } };
}

/** Every dimension as the values have it: symbolic ones are another test's matter. */
function bound(model: Model, feeds: Feeds): Model {
  const inputs = model.graph.inputs.map((input) => ({
    ...input,
    dims: feeds[input.name]?.dims ?? input.dims,
  }));
  return { ...model, graph: { ...model.graph, inputs } };
}

function typedFeeds(feeds: Feeds, precision: Precision): Feeds {
  return Object.fromEntries(
    Object.entries(feeds).map(([name, tensor]) => [
      name,
      isFloat(tensor.type) ? convert(tensor, precision) : tensor,
    ]),
  );
}

function uniform(random: Random, count: number): number[] {
  return Array.from({ length: count }, () => Math.fround(random.next() * 2 - 1));
}
