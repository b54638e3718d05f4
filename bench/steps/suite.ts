import { BATCH, type ModelName } from '../models.ts';
import { NO_TORCH } from '../peers/python.ts';
import type { Peer, Row } from '../row.ts';
import { spreadOf } from '../spread.ts';
import type { BenchContext, Suite } from '../suite.ts';
import { ourStepper } from './our-stepper.ts';
import type { Stepper } from './stepper.ts';
import { type TfjsBackend, tfjsStepper } from './tfjs-stepper.ts';
import { torchStepper } from './torch-stepper.ts';

const THREADS = 2;
const TITLES = { mlp: 'MLP 784-512-256-10', cnn: 'CNN, 2 convolutions and 2 dense layers' } as const;

/**
 * Steps of one turn, and turns, of a model. TensorFlow.js cpu takes a minute and more for a whole batch of the CNN: it
 * is given a part of one.
 */
const PLAN = {
  mlp: { steps: 40, pairs: 12, tfjs: { cpu: 5, wasm: 20 }, tfjsBatch: BATCH },
  cnn: { steps: 10, pairs: 12, tfjs: { cpu: 2, wasm: 1 }, tfjsBatch: 4 },
} as const;
const SHORT = {
  mlp: { steps: 10, pairs: 3, tfjs: { cpu: 1, wasm: 3 }, tfjsBatch: BATCH },
  cnn: { steps: 4, pairs: 2, tfjs: { cpu: 1, wasm: 1 }, tfjsBatch: 1 },
} as const;

const BOUNDS = {
  mlp: 'the engine’s run (0.15 GFLOP of matrix products, too small to fill the cores) is about four fifths of the step; Adam’s one pass over weights, gradient and moments is the rest.',
  cnn: 'the convolution of 32 to 64 channels: its forward pass and two gradients are nearly nine tenths of the arithmetic, and the weight gradient has no kernel of its own in an inference build.',
} as const;

export const stepSuite: Suite = {
  name: 'step',
  about: 'time of a training step of one worker with two threads',
  async run(context) {
    return [...(await rowsOf('mlp', context)), ...(await rowsOf('cnn', context))];
  },
};

async function rowsOf(model: ModelName, context: BenchContext): Promise<Row[]> {
  const plan = (context.short ? SHORT : PLAN)[model];
  const ours = await ourStepper(model, THREADS);
  try {
    const row = (peer: Peer, times: readonly number[], most?: number): Row => ({
      name: `step, ${TITLES[model]}, batch 64, ${peer.name}`,
      unit: 'ms',
      ours: spreadOf(times),
      peer,
      ...(most === undefined ? {} : { target: { of: 'ratio', most } }),
      bound: BOUNDS[model],
    });
    const torch = await besideTorch(model, ours, plan, context);
    const rows = [row(torch.peer, torch.times, model === 'mlp' ? 1.5 : 1.2)];
    for (const [backend, most] of [
      ['cpu', 1 / 20],
      ['wasm', 1 / 5],
    ] as const) {
      context.say(`${TITLES[model]}, TensorFlow.js ${backend}`);
      const { peer, times } = await besideTfjs(model, ours, backend, plan);
      // On wasm a CNN cannot be trained: there is nothing to be faster than.
      rows.push(row(peer, times, peer.why ? undefined : most));
    }
    return rows;
  } finally {
    await ours.close();
  }
}

interface Compared {
  readonly times: readonly number[];
  readonly peer: Peer;
}

async function besideTorch(
  model: ModelName,
  ours: Stepper,
  plan: { readonly steps: number; readonly pairs: number },
  { python, say }: BenchContext,
): Promise<Compared> {
  say(`${TITLES[model]}, PyTorch`);
  if (python === undefined) {
    const times = await ours.time(plan.steps * plan.pairs);
    return { times, peer: { name: 'PyTorch', version: null, why: NO_TORCH } };
  }
  const torch = await torchStepper(python, model, THREADS);
  try {
    return await inTurns(ours, torch, plan);
  } finally {
    await torch.close();
  }
}

/** What a backend cannot run is said, not left out. */
async function besideTfjs(
  model: ModelName,
  ours: Stepper,
  backend: TfjsBackend,
  plan: { readonly tfjs: Readonly<Record<TfjsBackend, number>>; readonly tfjsBatch: number },
): Promise<Compared> {
  const tfjs = await tfjsStepper(model, backend, backend === 'cpu' ? plan.tfjsBatch : BATCH);
  try {
    // The first step compiles and allocates; on a backend without the kernels it fails.
    await tfjs.time(1);
    return await inTurns(ours, tfjs, { steps: 1, pairs: plan.tfjs[backend] }, 5);
  } catch (error) {
    const missing = /Kernel '(\w+)' not registered/.exec((error as Error).message)?.[1];
    if (!missing) throw error;
    const peer = { name: tfjs.name, version: tfjs.version, why: `cannot: no ${missing}` };
    return { times: await ours.time(5), peer };
  } finally {
    await tfjs.close();
  }
}

/** Ours, theirs, ours, theirs: a machine that grows slower or faster meets both. The first of each turn warms up. */
async function inTurns(
  ours: Stepper,
  theirs: Stepper,
  plan: { readonly steps: number; readonly pairs: number },
  oursPerTheirs = 1,
): Promise<Compared> {
  const times: number[] = [];
  const peerTimes: number[] = [];
  for (let pair = 0; pair < plan.pairs; pair++) {
    times.push(...(await ours.time(plan.steps * oursPerTheirs + 1)).slice(1));
    const turn = await theirs.time(plan.steps + (plan.steps > 1 ? 1 : 0));
    peerTimes.push(...(plan.steps > 1 ? turn.slice(1) : turn));
  }
  return { times, peer: { name: theirs.name, version: theirs.version, spread: spreadOf(peerTimes) } };
}
