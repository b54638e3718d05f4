import { expect, it } from 'vitest';
import { describeRun } from '../../../coordinator/run/description.ts';
import { ServerWeights } from '../../../coordinator/weights/server-weights.ts';
import { createOnnxRuntimeNode } from '../../../engines/onnxruntime-node.ts';
import { writeModel } from '../../../shared/onnx/write.ts';
import { addSection } from '../../../shared/parameters/codecs/section.ts';
import { sectionParts } from '../../../shared/parameters/codecs/section-parts.ts';
import type { Encoding } from '../../../shared/parameters/codecs/update-codec.ts';
import { VectorMemory } from '../../../shared/parameters/memory.ts';
import type { Work } from '../../../shared/protocol/assignment.ts';
import { Recollection } from '../../../worker/memory/recollection.ts';
import { STEPS_KEPT, StatesInMemory } from '../../../worker/memory/state-store.ts';
import { Trainer } from '../../../worker/trainer/trainer.ts';
import { WEIGHTS } from '../../../worker/trainer/work-order.ts';
import { digitsData, digitsJob } from '../../support/digits.ts';

/** What becomes of each step's update; after `rolled-back` the coordinator is at the commit that was made before step 2. */
const FATES = [
  'counted',
  'discarded',
  'counted',
  'counted',
  'counted',
  'rolled-back',
  'counted',
  'discarded',
];

const work: Record<string, (step: number) => Work> = {
  gradient: (step) => ({ kind: 'gradient', epoch: 0, start: step * 16, end: step * 16 + 16 }),
  local: (step) => ({ kind: 'local', epoch: 0, batch: 8, start: step * 16, end: step * 16 + 16 }),
  own: () => ({ kind: 'own', epochs: 1, batch: 32, steps: 2 }),
};

it.each(
  (
    [
      { codec: 'top-k', share: 0.05, errorFeedback: true },
      { codec: 'random-k', share: 0.05, errorFeedback: true },
      { codec: 'sign', errorFeedback: true },
      { codec: 'int8', errorFeedback: true },
    ] satisfies Encoding[]
  ).flatMap((encoding) => Object.keys(work).map((kind) => [kind, encoding] as const)),
)('%s as %o: what counted and the residual are what was computed for what counts', async (kind, encoding) => {
  const data = await digitsData();
  const up = { kind: 'top-k', share: 0.05, errorFeedback: true } as const;
  // Plain steps: with moments the same work done twice is not the same.
  const optimizer = {
    kind: 'sgd',
    learningRate: 0.1,
    momentum: 0,
    nesterov: false,
    weightDecay: 0,
  } as const;
  const { model, recipe, manifest, layout } = describeRun(
    digitsJob({ optimizer, wire: { down: 'f32', up } }),
    data,
    undefined,
  );
  const engine = await createOnnxRuntimeNode({ threads: 1 });
  const trainer = Trainer.create(engine, { model: writeModel(model), recipe, manifest }, (block) =>
    data.readBlock(block),
  );
  const weights = new ServerWeights(layout, {
    ...{ optimizer, clipNorm: undefined, serverVectors: [], incarnation: 1 },
  });
  weights.initialize(model);
  const memory = VectorMemory.create(layout.length);
  const sum = memory.allocate(layout.length);
  const recollection = new Recollection(new StatesInMemory(STEPS_KEPT), (counted) => {
    throw new Error(`${counted} is forgotten`);
  });

  /** Adds an update of this step to the sums. */
  const add = async (step: number, wanted: Encoding, sign: number): Promise<void> => {
    trainer.set({ name: WEIGHTS, bytes: weights.encoded('f32').bytes.slice(), codec: 'f32' });
    const order = {
      ...{ work: work[kind]!(step), round: step, terms: {}, sections: [], local: [], learningRate: 0.1 },
      ...({ codec: 'f32', encoding: { ...wanted, seed: step } } as const),
    };
    const { sections } = await trainer.execute(order, () => false);
    const parts = sectionParts(layout, wanted.codec);
    const [{ codec, bytes }] = sections as [(typeof sections)[0]];
    const all = { coded: sign, exact: sign, buffers: sign, trainable: layout.trainable };
    addSection(sum, parts, { codec, bytes: [bytes] }, all);
  };

  let [counted, kept] = ['', ''];
  let total = new Float32Array(layout.length);
  let committed = total;
  for (const [step, fate] of FATES.entries()) {
    if (step === 2) [kept, committed] = [counted, total];
    const remembered = await recollection.before(counted, kept);
    if (remembered) trainer.restore(remembered);
    memory.kernels.fill(sum, 0);
    await add(step, encoding, 1);
    expect(trainer.leaves(work[kind]!(step))).toBe(true);
    await recollection.after(`1-${step}`, trainer.snapshot());
    // What would have arrived without a loss.
    await add(step, { codec: 'f32' }, -1);
    if (fate === 'counted') {
      counted = `1-${step}`;
      total = total.map((value, i) => value + sum.view[i]!);
    }
    if (fate === 'rolled-back') [counted, total] = [kept, committed];
  }
  const remembered = await recollection.before(counted, kept);
  if (remembered) trainer.restore(remembered);
  const residual = trainer.snapshot().get('residual.parameters')!;
  // Trainable weights: statistics travel exactly, and moments of them are no sums.
  const lost = total.subarray(0, layout.trainable);
  expect(Math.hypot(...residual)).toBeGreaterThan(1e-3);
  expect(Math.max(...lost.map((value, i) => Math.abs(value + residual[i]!)))).toBeLessThan(1e-3);
  await trainer.close();
});
