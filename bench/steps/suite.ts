import { MODELS, type ModelName } from '../models.ts';
import { NO_TORCH } from '../peers/python.ts';
import { type Peer, type Row, significant } from '../row.ts';
import { spreadOf } from '../spread.ts';
import type { BenchContext, Suite } from '../suite.ts';
import { inTurns } from './in-turns.ts';
import {
  gemmStepper,
  ourStepper,
  type ProcessStepper,
  type TorchMode,
  torchStepper,
} from './process-stepper.ts';
import { productsOfStep } from './products.ts';

const THREADS = 2;

interface Plan {
  /** Steps of a turn, and turns. */
  readonly steps: number;
  readonly turns: number;
  /** Share of PyTorch eager's time that is allowed. */
  readonly most: number;
  readonly bound: string;
  /** Where the time goes in which the step does not compute as fast as one large product. */
  readonly rest: string;
}

const PLANS: Readonly<Record<ModelName, Plan>> = {
  mlp: {
    ...{ steps: 40, turns: 12, most: 1 },
    bound:
      'the engine’s run (matrix products too small to fill the cores) is about four fifths of the step; Adam’s one pass over weights, gradient and moments is the rest.',
    rest: 'products of 64 rows, each of which reads its weight once, and Adam’s pass over memory.',
  },
  cnn: {
    ...{ steps: 10, turns: 10, most: 0.8 },
    bound:
      'the convolution of 32 to 64 channels: its forward pass and two gradients are nearly nine tenths of the arithmetic, and the weight gradient has no kernel of its own in an inference build.',
    rest: 'what is copied so that gradients of convolutions become products (im2col), and pooling with its gradient.',
  },
  gpt: {
    ...{ steps: 6, turns: 8, most: 0.7 },
    bound: 'matrix products of 1,024 rows are half of the step; the rest are passes over activations.',
    rest: 'passes over activations (GELU, softmax, normalisation and their gradients), and attention’s many small products.',
  },
  lstm: {
    ...{ steps: 8, turns: 8, most: 0.7 },
    bound: '64 products of 32 x 128 by 128 x 512, one after the other, forward and back.',
    rest: 'products of 32 rows that wait for each other, and gates that are computed element by element.',
  },
  'gpt-17m': {
    ...{ steps: 2, turns: 4, most: 0.7 },
    bound: 'matrix products, at the machine’s rate for products of this shape.',
    rest: 'passes over activations, the softmax over 7,000 words, and Adam’s pass over 17 M parameters.',
  },
  resnet: {
    ...{ steps: 3, turns: 5, most: 1 },
    bound: 'convolutions and their two gradients; see the CNN.',
    rest: 'as for the CNN; batch normalisation by the batch’s statistics; and Adam’s pass over 11 M parameters.',
  },
};

export const stepSuite: Suite = {
  name: 'step',
  about: 'time of a training step of one worker with two threads, beside PyTorch',
  async run(context) {
    const rows: Row[] = [];
    for (const model of Object.keys(MODELS) as ModelName[]) rows.push(...(await rowsOf(model, context)));
    return rows;
  },
};

async function rowsOf(model: ModelName, context: BenchContext): Promise<Row[]> {
  const { short, say, python } = context;
  const { most, bound, rest, ...whole } = PLANS[model];
  const plan = short ? { steps: Math.min(3, whole.steps), turns: 1 } : whole;
  const { title } = MODELS[model];
  say(title);
  const ours = await ourStepper(model, THREADS);
  try {
    const step = (peer: Peer, times: readonly number[], share?: number): Row => ({
      name: `step, ${title}, ${peer.name}`,
      unit: 'ms',
      ours: spreadOf(times),
      peer,
      ...(share === undefined ? {} : { target: { of: 'ratio', most: share } }),
      bound,
    });
    if (python === undefined) {
      const times = await ours.time(plan.steps * plan.turns);
      const row = step({ name: 'PyTorch', version: null, why: NO_TORCH }, times, most);
      return [row, await shareOfPeak(model, ours, plan, rest)];
    }
    const torch = await torchStepper(python, model, THREADS);
    try {
      const { times, peer } = await inTurns(ours, torch, plan);
      const share = await shareOfPeak(model, ours, plan, rest);
      const rows = [step(peer, times, most), share, await memoryRow(title, ours, torch)];
      const compiled = short ? undefined : await besideCompiled(python, model, ours, plan, context);
      if (compiled) rows.push(step(compiled.peer, compiled.times));
      rows.push(firstStepRow(title, ours, torch));
      return rows;
    } finally {
      await torch.close();
    }
  } finally {
    await ours.close();
  }
}

/** Large enough that the product runs at the machine's rate, small enough for its caches. */
const SIZE = 1024;

/** What the step computes in a second beside what one large product does: the limit that it can come close to. */
async function shareOfPeak(
  model: ModelName,
  ours: ProcessStepper,
  plan: { readonly steps: number; readonly turns: number },
  rest: string,
): Promise<Row> {
  const products = productsOfStep(model);
  const gemm = await gemmStepper(SIZE, THREADS);
  try {
    const { times, theirs } = await inTurns(ours, gemm, plan);
    const rates = (operations: number, taken: readonly number[]) =>
      spreadOf(taken.map((milliseconds) => operations / milliseconds / 1e6));
    return {
      name: `share of GEMM peak, ${MODELS[model].title}`,
      unit: 'GFLOP/s',
      ours: rates(products, times),
      peer: { name: gemm.name, version: gemm.version, spread: rates(2 * SIZE ** 3, theirs) },
      bound: `the ratio is the share. A step has ${significant(products / 1e9)} GFLOP of matrix products and convolutions. What keeps it from 1: ${rest}`,
    };
  } finally {
    await gemm.close();
  }
}

async function memoryRow(title: string, ours: ProcessStepper, theirs: ProcessStepper): Promise<Row> {
  const peak = async (stepper: ProcessStepper) => spreadOf([(await stepper.memory()) / 2 ** 20]);
  return {
    name: `peak memory of the step's process, ${title}`,
    unit: 'MiB',
    ours: await peak(ours),
    peer: { name: theirs.name, version: theirs.version, spread: await peak(theirs) },
    target: { of: 'ratio', most: 1 },
    bound: 'both count their runtime: Node with ONNX Runtime, Python with PyTorch’s CPU and CUDA libraries.',
  };
}

/** Seconds until the first step is done: the model made, its gradient derived, the engine ready. */
function firstStepRow(title: string, ours: ProcessStepper, theirs: ProcessStepper): Row {
  return {
    name: `from model to the end of the first step, ${title}`,
    unit: 's',
    ours: spreadOf([ours.first]),
    target: { of: 'ours', most: 2 },
    bound: `deriving and optimising the graph, and the first step itself; PyTorch’s first step takes ${theirs.first.toFixed(2)} s.`,
  };
}

async function besideCompiled(
  python: string,
  model: ModelName,
  ours: ProcessStepper,
  plan: { readonly steps: number; readonly turns: number },
  { say }: BenchContext,
): Promise<{ readonly times: readonly number[]; readonly peer: Peer } | undefined> {
  const mode: TorchMode = 'compile';
  say(`${MODELS[model].title}, torch.compile`);
  let compiled: ProcessStepper;
  try {
    compiled = await torchStepper(python, model, THREADS, mode);
  } catch (error) {
    say(`torch.compile does not run here: ${(error as Error).message}`);
    return undefined;
  }
  try {
    return await inTurns(ours, compiled, { ...plan, turns: Math.ceil(plan.turns / 2) });
  } finally {
    await compiled.close();
  }
}
