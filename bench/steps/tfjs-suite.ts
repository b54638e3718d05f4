import { MODELS } from '../models.ts';
import type { Peer, Row } from '../row.ts';
import { spreadOf } from '../spread.ts';
import type { Suite } from '../suite.ts';
import { type Compared, inTurns } from './in-turns.ts';
import { ourStepper } from './process-stepper.ts';
import type { Stepper } from './stepper.ts';
import { type TfjsBackend, tfjsStepper } from './tfjs-stepper.ts';

/** Steps, and the part of a batch: TensorFlow.js cpu takes a minute and more for a whole batch of the CNN. */
const PLAN = {
  mlp: { cpu: { steps: 5, batch: 64 }, wasm: { steps: 20, batch: 64 } },
  cnn: { cpu: { steps: 2, batch: 4 }, wasm: { steps: 1, batch: 64 } },
} as const;
const SHORT = {
  mlp: { cpu: { steps: 1, batch: 64 }, wasm: { steps: 3, batch: 64 } },
  cnn: { cpu: { steps: 1, batch: 1 }, wasm: { steps: 1, batch: 64 } },
} as const;

/** Share of TensorFlow.js' time that is allowed. */
const MOST = { cpu: 1 / 20, wasm: 1 / 5 } as const;

export const tfjsSuite: Suite = {
  name: 'tfjs',
  about: 'time of a training step beside TensorFlow.js',
  async run({ short, say }) {
    const rows: Row[] = [];
    for (const model of ['mlp', 'cnn'] as const) {
      const ours = await ourStepper(model, 2);
      try {
        for (const backend of ['cpu', 'wasm'] as const) {
          say(`${MODELS[model].title}, TensorFlow.js ${backend}`);
          const plan = (short ? SHORT : PLAN)[model][backend];
          const { times, peer } = await beside(model, ours, backend, plan);
          rows.push({
            name: `step, ${MODELS[model].title}, ${peer.name}`,
            unit: 'ms',
            ours: spreadOf(times),
            peer,
            // On wasm a CNN cannot be trained: there is nothing to be faster than.
            ...(peer.why ? {} : { target: { of: 'ratio', most: MOST[backend] } }),
            bound: 'as beside PyTorch.',
          });
        }
      } finally {
        await ours.close();
      }
    }
    return rows;
  },
};

/** What a backend cannot run is said, not left out. */
async function beside(
  model: 'mlp' | 'cnn',
  ours: Stepper,
  backend: TfjsBackend,
  { steps, batch }: { readonly steps: number; readonly batch: number },
): Promise<Compared> {
  const tfjs = await tfjsStepper(model, backend, batch);
  try {
    // The first step compiles and allocates; on a backend without the kernels it fails.
    await tfjs.time(1);
    return await inTurns(ours, tfjs, { steps: 1, turns: steps }, 5);
  } catch (error) {
    const missing = /Kernel '(\w+)' not registered/.exec((error as Error).message)?.[1];
    if (!missing) throw error;
    const peer: Peer = { name: tfjs.name, version: tfjs.version, why: `cannot: no ${missing}` };
    return { times: await ours.time(5), theirs: [], peer };
  } finally {
    await tfjs.close();
  }
}
