import { MODELS, type ModelName } from '../models.ts';
import { NO_TORCH } from '../peers/python.ts';
import type { Peer, Row } from '../row.ts';
import { spreadOf } from '../spread.ts';
import type { BenchContext, Suite } from '../suite.ts';
import { inTurns } from './in-turns.ts';
import { ourStepper, type ProcessStepper, type TorchMode, torchStepper } from './process-stepper.ts';

const THREADS = 2;

interface Plan {
  /** Steps of a turn, and turns. */
  readonly steps: number;
  readonly turns: number;
  /** Share of PyTorch eager's time that is allowed. */
  readonly most: number;
  readonly bound: string;
}

const PLANS: Readonly<Record<ModelName, Plan>> = {
  mlp: {
    ...{ steps: 40, turns: 12, most: 1 },
    bound:
      'the engine’s run (0.15 GFLOP of matrix products, too small to fill the cores) is about four fifths of the step; Adam’s one pass over weights, gradient and moments is the rest.',
  },
  cnn: {
    ...{ steps: 10, turns: 10, most: 0.8 },
    bound:
      'the convolution of 32 to 64 channels: its forward pass and two gradients are nearly nine tenths of the arithmetic, and the weight gradient has no kernel of its own in an inference build.',
  },
  gpt: {
    ...{ steps: 6, turns: 8, most: 0.7 },
    bound: 'matrix products of 1,024 rows are half of the step; the rest are passes over activations.',
  },
  lstm: {
    ...{ steps: 8, turns: 8, most: 0.7 },
    bound: '64 products of 32 x 128 by 128 x 512, one after the other, forward and back.',
  },
  'gpt-17m': {
    ...{ steps: 2, turns: 4, most: 0.7 },
    bound: 'matrix products: 50 GFLOP of them, at the machine’s rate for products of this shape.',
  },
  resnet: {
    ...{ steps: 3, turns: 5, most: 1 },
    bound: 'convolutions and their two gradients; see the CNN.',
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
  const { most, bound, ...whole } = PLANS[model];
  const plan = short ? { steps: Math.min(4, whole.steps), turns: 2 } : whole;
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
      return [step({ name: 'PyTorch', version: null, why: NO_TORCH }, times, most)];
    }
    const torch = await torchStepper(python, model, THREADS);
    try {
      const { times, peer } = await inTurns(ours, torch, plan);
      const rows = [step(peer, times, most), await memoryRow(title, ours, torch)];
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
