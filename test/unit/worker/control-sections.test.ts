import { expect, it } from 'vitest';
import { describeRun } from '../../../coordinator/run/description.ts';
import { ServerWeights } from '../../../coordinator/weights/server-weights.ts';
import { createOnnxRuntimeNode } from '../../../engines/onnxruntime-node.ts';
import { writeModel } from '../../../shared/onnx/write.ts';
import { addSection, sectionSize } from '../../../shared/parameters/codecs/section.ts';
import { sectionParts } from '../../../shared/parameters/codecs/section-parts.ts';
import type { SectionCodec } from '../../../shared/parameters/codecs/update-codec.ts';
import { VectorMemory } from '../../../shared/parameters/memory.ts';
import { Trainer } from '../../../worker/trainer/trainer.ts';
import { WEIGHTS } from '../../../worker/trainer/work-order.ts';
import { digitsData, digitsJob } from '../../support/digits.ts';

const ROUNDS = 6;
const data = await digitsData();
const optimizer = { kind: 'sgd', learningRate: 0.1, momentum: 0, nesterov: false, weightDecay: 0 } as const;

const corrections = [
  { vector: 'control', owner: 'server', coefficient: 1 },
  { vector: 'control', owner: 'member', coefficient: -1 },
] as const;

/** SCAFFOLD's member over rounds from the same weights: what it keeps, and the sum of what arrived. */
async function controlsOf(sectionCodec: SectionCodec) {
  const { model, recipe, manifest, layout } = describeRun(digitsJob({ optimizer }), data, undefined);
  const state = { vectors: ['server.control', 'member.control', 'change.control'] };
  const setup = { model: writeModel(model), recipe: { ...recipe, state }, manifest };
  const engine = await createOnnxRuntimeNode({ threads: 1 });
  const trainer = Trainer.create(engine, setup, (block) => data.readBlock(block));
  const weights = new ServerWeights(layout, {
    ...{ optimizer, clipNorm: undefined, serverVectors: [], incarnation: 1 },
  });
  weights.initialize(model);
  const arrived = VectorMemory.create(layout.length).allocate(layout.length);
  const parts = sectionParts(layout, sectionCodec);
  for (let round = 0; round < ROUNDS; round++) {
    trainer.set({ name: WEIGHTS, bytes: weights.encoded('f32').bytes.slice(), codec: 'f32' });
    // Of one member c is its own control variate, as the server knows it.
    const control = new Uint8Array(arrived.view.slice().buffer);
    trainer.set({ name: 'control', bytes: control, codec: 'f32' });
    const { sections } = await trainer.execute(
      {
        ...({ work: { kind: 'local', epoch: 0, batch: 16, start: 0, end: 64 }, round, local: [] } as const),
        ...({
          terms: { corrections },
          learningRate: 0.1,
          codec: 'f32',
          encoding: { codec: 'f32', seed: round },
        } as const),
        sections: [{ name: 'control', make: 'control' }],
        sectionCodec,
      },
      () => false,
    );
    const { codec, bytes } = sections.find(({ name }) => name === 'control')!;
    expect(codec).toBe(sectionCodec);
    expect(bytes.length).toBe(sectionSize(parts, sectionCodec));
    const all = { coded: 1, exact: 1, buffers: 1, trainable: layout.trainable };
    addSection(arrived, parts, { codec, bytes: [bytes] }, all);
  }
  const kept = trainer.snapshot().get('member.control')!;
  await trainer.close();
  return { kept, arrived: arrived.view };
}

const norm = (values: Float32Array): number => Math.hypot(...values);
const minus = (a: Float32Array, b: Float32Array): Float32Array => a.map((value, i) => value - b[i]!);
const exact = (await controlsOf('f32')).kept;

it.each([
  ['f32', 1e-6],
  ['bf16', 0.001],
  ['f16', 0.0001],
  ['int8', 0.001],
] as const)(
  'a control variate whose changes travel as %s is what the server heard of it, and near what it would be',
  async (codec, most) => {
    const { kept, arrived } = await controlsOf(codec);
    // In step with the server's, to float32's rounding.
    expect(norm(minus(kept, arrived)) / norm(kept)).toBeLessThan(1e-6);
    // What a change lost the next one made up for: the error does not grow with the rounds.
    expect(norm(minus(kept, exact)) / norm(exact)).toBeLessThan(most);
  },
);
